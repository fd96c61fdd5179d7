// order_by and then_by.

static class query_order
{
    public static void by_itself(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderBy(x => x).ToArray());
    public static void by_itself_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderBy(x => x).ToArray());
    public static void by_itself_descending(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderByDescending(x => x).ToArray());
    public static void by_itself_descending_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderByDescending(x => x).ToArray());
    public static void of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().OrderBy(x => x).ToArray());
    public static void of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().OrderBy(x => x).ToArray());
    public static void by_length_then_name(Recorder r) =>
        r.Gives("it", () => new[] {"pear", "fig", "apple", "kiwi", "date"}.OrderBy(s => s.Length).ThenBy(s => s, StringComparer.Ordinal).ToArray());
    public static void by_length_then_name_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {"pear", "fig", "apple", "kiwi", "date"}.AsParallel().AsOrdered().OrderBy(s => s.Length).ThenBy(s => s, StringComparer.Ordinal).ToArray());
    public static void by_length_descending_then_name(Recorder r) =>
        r.Gives("it", () => new[] {"pear", "fig", "apple", "kiwi", "date"}.OrderByDescending(s => s.Length).ThenBy(s => s, StringComparer.Ordinal).ToArray());
    public static void by_length_descending_then_name_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {"pear", "fig", "apple", "kiwi", "date"}.AsParallel().AsOrdered().OrderByDescending(s => s.Length).ThenBy(s => s, StringComparer.Ordinal).ToArray());
    public static void by_length_then_name_descending(Recorder r) =>
        r.Gives("it", () => new[] {"pear", "fig", "apple", "kiwi", "date"}.OrderBy(s => s.Length).ThenByDescending(s => s, StringComparer.Ordinal).ToArray());
    public static void by_length_then_name_descending_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {"pear", "fig", "apple", "kiwi", "date"}.AsParallel().AsOrdered().OrderBy(s => s.Length).ThenByDescending(s => s, StringComparer.Ordinal).ToArray());
    public static void by_three_keys(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).OrderBy(x => x % 2).ThenByDescending(x => x % 3).ThenBy(x => -x).ToArray());
    public static void by_three_keys_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().OrderBy(x => x % 2).ThenByDescending(x => x % 3).ThenBy(x => -x).ToArray());
    public static void the_last_order_counts(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderBy(x => -x).OrderBy(x => x).ToArray());
    public static void the_last_order_counts_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderBy(x => -x).OrderBy(x => x).ToArray());
    public static void then_take(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderBy(x => x).Take(3).ToArray());
    public static void then_take_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderBy(x => x).Take(3).ToArray());
    public static void then_skip(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderBy(x => x).Skip(3).ToArray());
    public static void then_skip_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderBy(x => x).Skip(3).ToArray());
    public static void then_where_and_select(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderBy(x => x).Where(x => x > 1).Select(x => x * 10).ToArray());
    public static void then_where_and_select_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderBy(x => x).Where(x => x > 1).Select(x => x * 10).ToArray());
    public static void then_reverse(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderBy(x => x).Reverse().ToArray());
    public static void then_reverse_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderBy(x => x).Reverse().ToArray());
    public static void then_first(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderBy(x => x).First());
    public static void then_first_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderBy(x => x).First());
    public static void then_last(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderBy(x => x).Last());
    public static void then_last_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderBy(x => x).Last());
    public static void then_distinct(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.OrderBy(x => x).Distinct().ToArray());
    public static void then_distinct_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().OrderBy(x => x).Distinct().ToArray());
}

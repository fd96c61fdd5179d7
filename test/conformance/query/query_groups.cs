// group_by, join, group_join, lookups and maps.

static class query_groups
{
    public static void group_by_parity(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.GroupBy(x => x % 2).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void group_by_parity_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().GroupBy(x => x % 2).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void group_by_itself(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.GroupBy(x => x).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void group_by_itself_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().GroupBy(x => x).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void group_by_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().GroupBy(x => x).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void group_by_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().GroupBy(x => x).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void group_by_with_element(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.GroupBy(x => x % 2, x => x * 10).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void group_by_with_element_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().GroupBy(x => x % 2, x => x * 10).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void group_by_with_result(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.GroupBy(x => x % 2, (k, g) => k * 100 + g.Count()).ToArray());
    public static void group_by_with_result_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().GroupBy(x => x % 2, (k, g) => k * 100 + g.Count()).ToArray());
    public static void group_by_with_element_and_result(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.GroupBy(x => x % 2, x => x * 10, (k, g) => k * 1000 + g.Sum()).ToArray());
    public static void group_by_with_element_and_result_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().GroupBy(x => x % 2, x => x * 10, (k, g) => k * 1000 + g.Sum()).ToArray());
    public static void group_by_length(Recorder r) =>
        r.Gives("it", () => new[] {"pear", "fig", "apple", "kiwi", "date"}.GroupBy(s => s.Length).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void group_by_length_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {"pear", "fig", "apple", "kiwi", "date"}.AsParallel().AsOrdered().GroupBy(s => s.Length).Select(g => g.Key + ":" + string.Join(",", g)).ToArray());
    public static void join_equal(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Join(new[] {5, 8, 3, 8}, x => x, y => y, (x, y) => x * 10 + y).ToArray());
    public static void join_equal_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Join(new[] {5, 8, 3, 8}.AsParallel().AsOrdered(), x => x, y => y, (x, y) => x * 10 + y).ToArray());
    public static void join_remainders(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Join(new[] {5, 8, 3, 8}, x => x % 3, y => y % 3, (x, y) => x * 10 + y).ToArray());
    public static void join_remainders_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Join(new[] {5, 8, 3, 8}.AsParallel().AsOrdered(), x => x % 3, y => y % 3, (x, y) => x * 10 + y).ToArray());
    public static void join_with_nothing(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Join(Enumerable.Empty<int>(), x => x, y => y, (x, y) => x).ToArray());
    public static void join_with_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Join(Enumerable.Empty<int>().AsParallel().AsOrdered(), x => x, y => y, (x, y) => x).ToArray());
    public static void join_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Join(new[] {5, 8, 3, 8}, x => x, y => y, (x, y) => x).ToArray());
    public static void join_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Join(new[] {5, 8, 3, 8}.AsParallel().AsOrdered(), x => x, y => y, (x, y) => x).ToArray());
    public static void group_join_equal(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.GroupJoin(new[] {5, 8, 3, 8}, x => x, y => y, (x, ys) => x + ":" + string.Join(",", ys)).ToArray());
    public static void group_join_equal_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().GroupJoin(new[] {5, 8, 3, 8}.AsParallel().AsOrdered(), x => x, y => y, (x, ys) => x + ":" + string.Join(",", ys)).ToArray());
    public static void group_join_remainders(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).GroupJoin(new[] {5, 8, 3, 8}, x => x % 3, y => y % 3, (x, ys) => x + ":" + string.Join(",", ys)).ToArray());
    public static void group_join_remainders_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().GroupJoin(new[] {5, 8, 3, 8}.AsParallel().AsOrdered(), x => x % 3, y => y % 3, (x, ys) => x + ":" + string.Join(",", ys)).ToArray());
    public static void group_join_with_nothing(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.GroupJoin(Enumerable.Empty<int>(), x => x, y => y, (x, ys) => x + ":" + string.Join(",", ys)).ToArray());
    public static void group_join_with_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().GroupJoin(Enumerable.Empty<int>().AsParallel().AsOrdered(), x => x, y => y, (x, ys) => x + ":" + string.Join(",", ys)).ToArray());
    public static void lookup_of_a_key(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ToLookup(x => x % 2)[1]);
    public static void lookup_of_a_key_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ToLookup(x => x % 2)[1]);
    public static void lookup_of_no_key(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ToLookup(x => x % 2)[7]);
    public static void lookup_of_no_key_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ToLookup(x => x % 2)[7]);
    public static void lookup_has_keys_in_order(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ToLookup(x => x).Select(g => g.Key).ToArray());
    public static void lookup_has_keys_in_order_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ToLookup(x => x).Select(g => g.Key).ToArray());
    public static void map_of_distinct_keys(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ToDictionary(x => x, x => x * x)[7]);
    public static void map_of_distinct_keys_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ToDictionary(x => x, x => x * x)[7]);
    public static void map_of_equal_keys(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ToDictionary(x => x).Count);
    public static void map_of_equal_keys_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ToDictionary(x => x).Count);
}

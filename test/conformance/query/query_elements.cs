// take, skip, reverse, select_many, concat, zip: which elements, in which order.

static class query_elements
{
    public static void take_two(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Take(2).ToArray());
    public static void take_two_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Take(2).ToArray());
    public static void skip_two(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Skip(2).ToArray());
    public static void skip_two_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Skip(2).ToArray());
    public static void take_none(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Take(0).ToArray());
    public static void take_none_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Take(0).ToArray());
    public static void skip_none(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Skip(0).ToArray());
    public static void skip_none_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Skip(0).ToArray());
    public static void take_all(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Take(10).ToArray());
    public static void take_all_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Take(10).ToArray());
    public static void skip_all(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Skip(10).ToArray());
    public static void skip_all_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Skip(10).ToArray());
    public static void take_more_than_there_are(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Take(99).ToArray());
    public static void take_more_than_there_are_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Take(99).ToArray());
    public static void skip_more_than_there_are(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Skip(99).ToArray());
    public static void skip_more_than_there_are_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Skip(99).ToArray());
    public static void take_a_negative_count(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Take(-3).ToArray());
    public static void take_a_negative_count_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Take(-3).ToArray());
    public static void skip_a_negative_count(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Skip(-3).ToArray());
    public static void skip_a_negative_count_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Skip(-3).ToArray());
    public static void take_behind_where(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Where(x => x % 2 == 1).Take(3).ToArray());
    public static void take_behind_where_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Where(x => x % 2 == 1).Take(3).ToArray());
    public static void skip_behind_where(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Where(x => x % 2 == 1).Skip(3).ToArray());
    public static void skip_behind_where_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Where(x => x % 2 == 1).Skip(3).ToArray());
    public static void take_and_skip(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Skip(2).Take(5).Skip(1).Take(2).ToArray());
    public static void take_and_skip_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Skip(2).Take(5).Skip(1).Take(2).ToArray());
    public static void take_while_small(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).TakeWhile(x => x < 4).ToArray());
    public static void take_while_small_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().TakeWhile(x => x < 4).ToArray());
    public static void take_while_with_a_gap(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.TakeWhile(x => x != 2).ToArray());
    public static void take_while_with_a_gap_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().TakeWhile(x => x != 2).ToArray());
    public static void take_while_never(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).TakeWhile(x => x < 0).ToArray());
    public static void take_while_never_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().TakeWhile(x => x < 0).ToArray());
    public static void take_while_with_number(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.TakeWhile((x, i) => x > i).ToArray());
    public static void take_while_with_number_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().TakeWhile((x, i) => x > i).ToArray());
    public static void skip_while_small(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SkipWhile(x => x < 4).ToArray());
    public static void skip_while_small_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SkipWhile(x => x < 4).ToArray());
    public static void skip_while_with_a_gap(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.SkipWhile(x => x != 2).ToArray());
    public static void skip_while_with_a_gap_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().SkipWhile(x => x != 2).ToArray());
    public static void skip_while_always(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SkipWhile(x => x >= 0).ToArray());
    public static void skip_while_always_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SkipWhile(x => x >= 0).ToArray());
    public static void skip_while_with_number(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.SkipWhile((x, i) => x > i).ToArray());
    public static void skip_while_with_number_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().SkipWhile((x, i) => x > i).ToArray());
    public static void select_with_number(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Select((x, i) => x * 10 + i).ToArray());
    public static void select_with_number_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Select((x, i) => x * 10 + i).ToArray());
    public static void where_with_number(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Where((x, i) => i % 2 == 0).ToArray());
    public static void where_with_number_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Where((x, i) => i % 2 == 0).ToArray());
    public static void number_behind_where(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Where(x => x % 2 == 1).Select((x, i) => x * 10 + i).ToArray());
    public static void number_behind_where_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Where(x => x % 2 == 1).Select((x, i) => x * 10 + i).ToArray());
    public static void reverse_all(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsEnumerable().Reverse().ToArray());
    public static void reverse_all_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Reverse().ToArray());
    public static void reverse_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Reverse().ToArray());
    public static void reverse_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Reverse().ToArray());
    public static void reverse_behind_where(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Where(x => x % 2 == 1).Reverse().ToArray());
    public static void reverse_behind_where_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Where(x => x % 2 == 1).Reverse().ToArray());
    public static void select_many_ranges(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SelectMany(x => Enumerable.Range(0, x % 3)).ToArray());
    public static void select_many_ranges_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SelectMany(x => Enumerable.Range(0, x % 3)).ToArray());
    public static void select_many_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().SelectMany(x => Enumerable.Range(0, x)).ToArray());
    public static void select_many_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().SelectMany(x => Enumerable.Range(0, x)).ToArray());
    public static void select_many_with_result(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SelectMany(x => Enumerable.Range(0, x % 3), (x, y) => x * 10 + y).ToArray());
    public static void select_many_with_result_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SelectMany(x => Enumerable.Range(0, x % 3), (x, y) => x * 10 + y).ToArray());
    public static void select_many_with_number(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.SelectMany((x, i) => Enumerable.Repeat(x, i % 3)).ToArray());
    public static void select_many_with_number_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().SelectMany((x, i) => Enumerable.Repeat(x, i % 3)).ToArray());
    public static void select_many_then_take(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SelectMany(x => Enumerable.Range(0, x)).Take(7).ToArray());
    public static void select_many_then_take_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SelectMany(x => Enumerable.Range(0, x)).Take(7).ToArray());
    public static void concat_two(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Concat(new[] {5, 8, 3, 8}).ToArray());
    public static void concat_two_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Concat(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void concat_nothing(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Concat(Enumerable.Empty<int>()).ToArray());
    public static void concat_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Concat(Enumerable.Empty<int>().AsParallel().AsOrdered()).ToArray());
    public static void concat_to_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Concat(new[] {5, 8, 3, 8}).ToArray());
    public static void concat_to_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Concat(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void zip_two(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Zip(new[] {5, 8, 3, 8}, (x, y) => x * 10 + y).ToArray());
    public static void zip_two_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Zip(new[] {5, 8, 3, 8}.AsParallel().AsOrdered(), (x, y) => x * 10 + y).ToArray());
    public static void zip_with_nothing(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Zip(Enumerable.Empty<int>(), (x, y) => x * 10 + y).ToArray());
    public static void zip_with_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Zip(Enumerable.Empty<int>().AsParallel().AsOrdered(), (x, y) => x * 10 + y).ToArray());
    public static void zip_behind_where(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Where(x => x % 2 == 1).Zip(new[] {5, 8, 3, 8}, (x, y) => x * 10 + y).ToArray());
    public static void zip_behind_where_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Where(x => x % 2 == 1).Zip(new[] {5, 8, 3, 8}.AsParallel().AsOrdered(), (x, y) => x * 10 + y).ToArray());
    public static void default_if_empty_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().DefaultIfEmpty().ToArray());
    public static void default_if_empty_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().DefaultIfEmpty().ToArray());
    public static void default_if_empty_with_value(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().DefaultIfEmpty(7).ToArray());
    public static void default_if_empty_with_value_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().DefaultIfEmpty(7).ToArray());
    public static void default_if_empty_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.DefaultIfEmpty(7).ToArray());
    public static void default_if_empty_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().DefaultIfEmpty(7).ToArray());
    public static void default_if_empty_behind_take(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Where(x => x > 99).Take(3).DefaultIfEmpty(7).ToArray());
    public static void default_if_empty_behind_take_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Where(x => x > 99).Take(3).DefaultIfEmpty(7).ToArray());
}

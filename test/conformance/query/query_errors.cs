// what comes out when a function throws, and of nothing at all.

static class query_errors
{
    public static void select_that_throws_before_take(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).Take(8).ToArray());
    public static void select_that_throws_before_take_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).Take(8).ToArray());
    public static void nothing_before_take(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Take(8).ToArray());
    public static void nothing_before_take_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Take(8).ToArray());
    public static void select_that_throws_before_skip(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).Where(x => true).Skip(2).ToArray());
    public static void select_that_throws_before_skip_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).Where(x => true).Skip(2).ToArray());
    public static void nothing_before_skip(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Where(x => true).Skip(2).ToArray());
    public static void nothing_before_skip_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Where(x => true).Skip(2).ToArray());
    public static void select_that_throws_before_reverse(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).Reverse().ToArray());
    public static void select_that_throws_before_reverse_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).Reverse().ToArray());
    public static void nothing_before_reverse(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Reverse().ToArray());
    public static void nothing_before_reverse_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Reverse().ToArray());
    public static void select_that_throws_before_take_while(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).TakeWhile(x => true).ToArray());
    public static void select_that_throws_before_take_while_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).TakeWhile(x => true).ToArray());
    public static void nothing_before_take_while(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().TakeWhile(x => true).ToArray());
    public static void nothing_before_take_while_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().TakeWhile(x => true).ToArray());
    public static void select_that_throws_before_concat(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).Concat(new[] {5, 8, 3, 8}).ToArray());
    public static void select_that_throws_before_concat_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).Concat(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void nothing_before_concat(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Concat(new[] {5, 8, 3, 8}).ToArray());
    public static void nothing_before_concat_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Concat(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void select_that_throws_before_distinct(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).Distinct().ToArray());
    public static void select_that_throws_before_distinct_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).Distinct().ToArray());
    public static void nothing_before_distinct(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Distinct().ToArray());
    public static void nothing_before_distinct_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Distinct().ToArray());
    public static void select_that_throws_before_group_by(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).GroupBy(x => x % 2).Select(g => g.Key).ToArray());
    public static void select_that_throws_before_group_by_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).GroupBy(x => x % 2).Select(g => g.Key).ToArray());
    public static void nothing_before_group_by(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().GroupBy(x => x % 2).Select(g => g.Key).ToArray());
    public static void nothing_before_group_by_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().GroupBy(x => x % 2).Select(g => g.Key).ToArray());
    public static void select_that_throws_before_order_by(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).OrderBy(x => -x).ToArray());
    public static void select_that_throws_before_order_by_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).OrderBy(x => -x).ToArray());
    public static void nothing_before_order_by(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().OrderBy(x => -x).ToArray());
    public static void nothing_before_order_by_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().OrderBy(x => -x).ToArray());
    public static void select_that_throws_before_union(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).Union(new[] {5, 8, 3, 8}).ToArray());
    public static void select_that_throws_before_union_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).Union(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void nothing_before_union(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Union(new[] {5, 8, 3, 8}).ToArray());
    public static void nothing_before_union_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Union(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void select_that_throws_before_except(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).Except(new[] {5, 8, 3, 8}).ToArray());
    public static void select_that_throws_before_except_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).Except(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void nothing_before_except(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Except(new[] {5, 8, 3, 8}).ToArray());
    public static void nothing_before_except_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Except(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void select_that_throws_before_zip(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x == 2 ? throw new TestError("two") : x).Zip(new[] {5, 8, 3, 8}, (x, y) => x + y).ToArray());
    public static void select_that_throws_before_zip_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x == 2 ? throw new TestError("two") : x).Zip(new[] {5, 8, 3, 8}.AsParallel().AsOrdered(), (x, y) => x + y).ToArray());
    public static void nothing_before_zip(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Zip(new[] {5, 8, 3, 8}, (x, y) => x + y).ToArray());
    public static void nothing_before_zip_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Zip(new[] {5, 8, 3, 8}.AsParallel().AsOrdered(), (x, y) => x + y).ToArray());
    public static void order_by_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).OrderBy(x => x == 2 ? throw new TestError("two") : x).ToArray());
    public static void order_by_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().OrderBy(x => x == 2 ? throw new TestError("two") : x).ToArray());
    public static void group_by_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).GroupBy(x => x == 2 ? throw new TestError("two") : x).Select(g => g.Key).ToArray());
    public static void group_by_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().GroupBy(x => x == 2 ? throw new TestError("two") : x).Select(g => g.Key).ToArray());
    public static void select_many_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SelectMany(x => x == 2 ? throw new TestError("two") : Enumerable.Range(0, 1)).ToArray());
    public static void select_many_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SelectMany(x => x == 2 ? throw new TestError("two") : Enumerable.Range(0, 1)).ToArray());
    public static void take_while_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).TakeWhile(x => x == 2 ? throw new TestError("two") : true).ToArray());
    public static void take_while_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().TakeWhile(x => x == 2 ? throw new TestError("two") : true).ToArray());
    public static void skip_while_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SkipWhile(x => x == 2 ? throw new TestError("two") : true).ToArray());
    public static void skip_while_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SkipWhile(x => x == 2 ? throw new TestError("two") : true).ToArray());
    public static void count_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Count(x => x == 2 ? throw new TestError("two") : true));
    public static void count_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Count(x => x == 2 ? throw new TestError("two") : true));
    public static void sum_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Sum(x => x == 2 ? throw new TestError("two") : x));
    public static void sum_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Sum(x => x == 2 ? throw new TestError("two") : x));
    public static void min_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Min(x => x == 2 ? throw new TestError("two") : x));
    public static void min_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Min(x => x == 2 ? throw new TestError("two") : x));
    public static void all_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).All(x => x == 2 ? throw new TestError("two") : true));
    public static void all_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().All(x => x == 2 ? throw new TestError("two") : true));
    public static void aggregate_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Aggregate(0, (s, x) => x == 2 ? throw new TestError("two") : s + x));
    public static void aggregate_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Aggregate(0, (s, x) => x == 2 ? throw new TestError("two") : s + x));
    public static void to_map_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ToDictionary(x => x == 2 ? throw new TestError("two") : x).Count);
    public static void to_map_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ToDictionary(x => x == 2 ? throw new TestError("two") : x).Count);
    public static void to_lookup_whose_function_throws(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ToLookup(x => x == 2 ? throw new TestError("two") : x).Count);
    public static void to_lookup_whose_function_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ToLookup(x => x == 2 ? throw new TestError("two") : x).Count);
}

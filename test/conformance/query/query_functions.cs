// What comes out when a function of an operator throws, or its second input does.

static class query_functions
{
    static IEnumerable<int> Ten() => Enumerable.Range(0, 10);
    static ParallelQuery<int> TenInOrder() => Ten().AsParallel().AsOrdered();
    static int FailAtTwo(int x) => x == 2 ? throw new TestError("two") : x;

    public static void where_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Where(x => x == 2 ? throw new TestError("two") : true).ToArray());
    public static void where_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Where(x => x == 2 ? throw new TestError("two") : true).ToArray());
    public static void select_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Select(x => x == 2 ? throw new TestError("two") : x).ToArray());
    public static void select_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Select(x => x == 2 ? throw new TestError("two") : x).ToArray());
    public static void select_with_number_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Select((x, i) => i == 2 ? throw new TestError("two") : x).ToArray());
    public static void select_with_number_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Select((x, i) => i == 2 ? throw new TestError("two") : x).ToArray());
    public static void select_many_result_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().SelectMany(x => new[] { x, x }, (x, y) => x == 2 ? throw new TestError("two") : y).ToArray());
    public static void select_many_result_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().SelectMany(x => new[] { x, x }, (x, y) => x == 2 ? throw new TestError("two") : y).ToArray());
    public static void zip_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Zip(Ten(), (x, y) => x == 2 ? throw new TestError("two") : y).ToArray());
    public static void zip_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Zip(TenInOrder(), (x, y) => x == 2 ? throw new TestError("two") : y).ToArray());
    public static void then_by_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().OrderBy(x => x % 2).ThenBy(x => x == 2 ? throw new TestError("two") : x).ToArray());
    public static void then_by_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().OrderBy(x => x % 2).ThenBy(x => x == 2 ? throw new TestError("two") : x).ToArray());
    public static void join_outer_key_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Join(Ten(), x => x == 2 ? throw new TestError("two") : x, x => x, (x, y) => y).ToArray());
    public static void join_outer_key_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Join(TenInOrder(), x => x == 2 ? throw new TestError("two") : x, x => x, (x, y) => y).ToArray());
    public static void join_inner_key_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Join(Ten(), x => x, x => x == 2 ? throw new TestError("two") : x, (x, y) => y).ToArray());
    public static void join_inner_key_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Join(TenInOrder(), x => x, x => x == 2 ? throw new TestError("two") : x, (x, y) => y).ToArray());
    public static void join_result_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Join(Ten(), x => x, x => x, (x, y) => y == 2 ? throw new TestError("two") : y).ToArray());
    public static void join_result_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Join(TenInOrder(), x => x, x => x, (x, y) => y == 2 ? throw new TestError("two") : y).ToArray());
    public static void group_join_result_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().GroupJoin(Ten(), x => x, x => x, (x, all) => x == 2 ? throw new TestError("two") : x).ToArray());
    public static void group_join_result_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().GroupJoin(TenInOrder(), x => x, x => x, (x, all) => x == 2 ? throw new TestError("two") : x).ToArray());
    public static void group_by_element_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().GroupBy(x => x % 2, x => x == 2 ? throw new TestError("two") : x).Select(g => g.Key).ToArray());
    public static void group_by_element_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().GroupBy(x => x % 2, x => x == 2 ? throw new TestError("two") : x).Select(g => g.Key).ToArray());
    public static void any_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Any(x => x == 2 ? throw new TestError("two") : false));
    public static void any_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Any(x => x == 2 ? throw new TestError("two") : false));
    public static void first_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().First(x => x == 2 ? throw new TestError("two") : false));
    public static void first_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().First(x => x == 2 ? throw new TestError("two") : false));
    public static void last_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Last(x => x == 2 ? throw new TestError("two") : false));
    public static void last_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Last(x => x == 2 ? throw new TestError("two") : false));
    public static void single_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Single(x => x == 2 ? throw new TestError("two") : false));
    public static void single_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Single(x => x == 2 ? throw new TestError("two") : false));
    public static void max_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Max(x => x == 2 ? throw new TestError("two") : x));
    public static void max_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Max(x => x == 2 ? throw new TestError("two") : x));
    public static void average_that_throws(Recorder r) =>
        r.Gives("it", () => (int)Ten().Average(x => x == 2 ? throw new TestError("two") : x));
    public static void average_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => (int)TenInOrder().Average(x => x == 2 ? throw new TestError("two") : x));
    public static void second_input_of_concat_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Concat(Ten().Select(FailAtTwo)).ToArray());
    public static void second_input_of_concat_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Concat(TenInOrder().Select(FailAtTwo)).ToArray());
    public static void second_input_of_union_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Union(Ten().Select(FailAtTwo)).ToArray());
    public static void second_input_of_union_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Union(TenInOrder().Select(FailAtTwo)).ToArray());
    public static void second_input_of_except_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Except(Ten().Select(FailAtTwo)).ToArray());
    public static void second_input_of_except_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Except(TenInOrder().Select(FailAtTwo)).ToArray());
    public static void second_input_of_intersect_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Intersect(Ten().Select(FailAtTwo)).ToArray());
    public static void second_input_of_intersect_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Intersect(TenInOrder().Select(FailAtTwo)).ToArray());
    public static void second_input_of_zip_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Zip(Ten().Select(FailAtTwo), (x, y) => x + y).ToArray());
    public static void second_input_of_zip_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Zip(TenInOrder().Select(FailAtTwo), (x, y) => x + y).ToArray());
    public static void second_input_of_join_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().Join(Ten().Select(FailAtTwo), x => x, x => x, (x, y) => y).ToArray());
    public static void second_input_of_join_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().Join(TenInOrder().Select(FailAtTwo), x => x, x => x, (x, y) => y).ToArray());
    public static void second_input_of_group_join_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().GroupJoin(Ten().Select(FailAtTwo), x => x, x => x, (x, all) => x).ToArray());
    public static void second_input_of_group_join_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().GroupJoin(TenInOrder().Select(FailAtTwo), x => x, x => x, (x, all) => x).ToArray());
    public static void second_input_of_sequence_equal_that_throws(Recorder r) =>
        r.Gives("it", () => Ten().SequenceEqual(Ten().Select(FailAtTwo)));
    public static void second_input_of_sequence_equal_that_throws_in_parallel(Recorder r) =>
        r.Gives("it", () => TenInOrder().SequenceEqual(TenInOrder().Select(FailAtTwo)));
    public static void for_all_that_throws(Recorder r) =>
        r.Throws("it", () => TenInOrder().ForAll(x => FailAtTwo(x)));
    public static void all_siblings_arrive(Recorder r)
    {
        // Two bodies that meet, then throw.
        using var both = new Barrier(2);
        r.Gives("it", () => new[] { 0, 1 }.AsParallel().WithDegreeOfParallelism(2)
            .WithExecutionMode(ParallelExecutionMode.ForceParallelism)
            .Select(x => { both.SignalAndWait(); return x >= 0 ? throw new TestError("each") : x; }).Count());
    }
}

// What is evaluated when, in parallel: nothing when a query is made, each element once when it is run. And what comes
// out where no order was asked for: the same elements, here sorted.

static class query_evaluation
{
    static ParallelQuery<int> Seen(int[] seen) =>
        Enumerable.Range(0, 10).AsParallel().Select(x => { Interlocked.Increment(ref seen[0]); return x; });
    static ParallelQuery<int> Many() => Enumerable.Range(0, 5000).AsParallel();
    static string Digest(IEnumerable<int> all)
    {
        var sorted = all.ToArray();
        Array.Sort(sorted);
        long sum = 0;
        for (var i = 0; i < sorted.Length; ++i) sum = (sum * 31 + sorted[i]) % 1_000_003;
        return $"{sorted.Length} elements, {sum}";
    }
    /// What a query has evaluated when it has been made, and when it has been run.
    static void Made<T>(Recorder r, Func<int[], ParallelQuery<T>> make)
    {
        var seen = new int[1];
        var query = make(seen);
        r.Line("made", seen[0]);
        r.Line("run", query.Count(), seen[0]);
    }
    /// All elements, in whatever order they come.
    static void GivesAll(Recorder r, ParallelQuery<int> query) => r.Gives("it", () => Digest(query));

    public static void made_with_where(Recorder r) => Made(r, seen => Seen(seen).Where(x => true));
    public static void made_with_select(Recorder r) => Made(r, seen => Seen(seen).Select(x => x));
    public static void made_with_select_many(Recorder r) => Made(r, seen => Seen(seen).SelectMany(x => new[] { x, x }));
    public static void made_with_take(Recorder r) => Made(r, seen => Seen(seen).Take(20));
    public static void made_with_take_while(Recorder r) => Made(r, seen => Seen(seen).TakeWhile(x => true));
    public static void made_with_skip(Recorder r) => Made(r, seen => Seen(seen).Skip(0));
    public static void made_with_skip_while(Recorder r) => Made(r, seen => Seen(seen).SkipWhile(x => false));
    public static void made_with_distinct(Recorder r) => Made(r, seen => Seen(seen).Distinct());
    public static void made_with_union(Recorder r) => Made(r, seen => Seen(seen).Union(Seen(seen)));
    public static void made_with_except(Recorder r) => Made(r, seen => Seen(seen).Except(Seen(seen)));
    public static void made_with_intersect(Recorder r) => Made(r, seen => Seen(seen).Intersect(Seen(seen)));
    public static void made_with_concat(Recorder r) => Made(r, seen => Seen(seen).Concat(Seen(seen)));
    public static void made_with_zip(Recorder r) => Made(r, seen => Seen(seen).Zip(Seen(seen), (x, y) => x + y));
    public static void made_with_order_by(Recorder r) => Made(r, seen => Seen(seen).OrderBy(x => -x));
    public static void made_with_then_by(Recorder r) => Made(r, seen => Seen(seen).OrderBy(x => x % 2).ThenBy(x => -x));
    public static void made_with_group_by(Recorder r) => Made(r, seen => Seen(seen).GroupBy(x => x % 2));
    public static void made_with_join(Recorder r) => Made(r, seen => Seen(seen).Join(Seen(seen), x => x, x => x, (x, y) => y));
    public static void made_with_group_join(Recorder r) => Made(r, seen => Seen(seen).GroupJoin(Seen(seen), x => x, x => x, (x, all) => x));
    public static void made_with_reverse(Recorder r) => Made(r, seen => Seen(seen).Reverse());
    public static void made_with_default_if_empty(Recorder r) => Made(r, seen => Seen(seen).DefaultIfEmpty());
    public static void unordered_where(Recorder r) =>
        GivesAll(r, Many().Where(x => x % 2 == 0));
    public static void unordered_select(Recorder r) =>
        GivesAll(r, Many().Select(x => -x));
    public static void unordered_select_many(Recorder r) =>
        GivesAll(r, Many().SelectMany(x => new[] { x, x }));
    public static void unordered_distinct(Recorder r) =>
        GivesAll(r, Many().Select(x => x % 100).Distinct());
    public static void unordered_union(Recorder r) =>
        GivesAll(r, Many().Select(x => x % 100).Union(Many()));
    public static void unordered_except(Recorder r) =>
        GivesAll(r, Many().Except(Many().Select(x => x % 100)));
    public static void unordered_intersect(Recorder r) =>
        GivesAll(r, Many().Intersect(Many().Select(x => x % 100)));
    public static void unordered_concat(Recorder r) =>
        GivesAll(r, Many().Concat(Many().Where(x => x % 2 == 0)));
    public static void unordered_group_by(Recorder r) =>
        GivesAll(r, Many().GroupBy(x => x % 100).Select(g => g.Key * 1000 + g.Count()));
    public static void unordered_join(Recorder r) =>
        GivesAll(r, Many().Join(Many(), x => x % 100, x => x, (x, y) => x + y));
    public static void unordered_reverse(Recorder r) =>
        GivesAll(r, Many().Reverse());
    public static void unordered_as_unordered(Recorder r) =>
        GivesAll(r, Many().AsOrdered().Where(x => x % 2 == 0).AsUnordered().Select(x => -x));
    public static void order_by_is_kept_by_what_follows(Recorder r) =>
        r.Gives("it", () => Many().OrderBy(x => -x).Where(x => x % 1000 == 0).Select(x => x + 1).ToArray());
    public static void order_by_is_kept_by_take(Recorder r) =>
        r.Gives("it", () => Many().OrderBy(x => -x).Take(3).ToArray());
    public static void groups_of_an_ordered_query_come_in_order(Recorder r) =>
        r.Gives("it", () => Many().AsOrdered().GroupBy(x => x % 7).Select(g => g.Key).ToArray());
    public static void as_sequential_keeps_the_order(Recorder r) =>
        r.Gives("it", () => Many().AsOrdered().Where(x => x % 1000 == 0).AsSequential().Select(x => x + 1).ToArray());
    public static void degrees_that_are_refused(Recorder r)
    {
        foreach (var degree in new[] { 0, -1, 1, 2 })
            r.Gives("degree " + degree, () => Many().WithDegreeOfParallelism(degree).Count());
    }
    public static void a_degree_said_twice(Recorder r) =>
        r.Gives("it", () => Many().WithDegreeOfParallelism(2).WithDegreeOfParallelism(2).Count());
    public static void merge_options_said_twice(Recorder r) =>
        r.Gives("it", () => Many().WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .WithMergeOptions(ParallelMergeOptions.NotBuffered).Count());
    public static void tokens_said_twice(Recorder r)
    {
        var source = new CancellationTokenSource();
        r.Gives("it", () => Many().WithCancellation(source.Token).WithCancellation(source.Token).Count());
    }
    public static void both_inputs_have_a_token(Recorder r)
    {
        var source = new CancellationTokenSource();
        r.Gives("it", () => Many().WithCancellation(source.Token).Concat(Many().WithCancellation(source.Token)).Count());
    }
}

// Cancellation: a token that was requested before, one that a body requests, and what bodies throw as cancellations.

static class query_canceled
{
    static ParallelQuery<int> Range() => Enumerable.Range(0, 10).AsParallel();
    static ParallelQuery<int> Requested() => Range().AsOrdered().WithCancellation(new CancellationToken(true));
    // The thousandth of a million elements requests the end.
    static ParallelQuery<int> Canceled()
    {
        var source = new CancellationTokenSource();
        return Enumerable.Range(0, 1_000_000).AsParallel().WithCancellation(source.Token)
            .Select(x => { if (x == 1000) source.Cancel(); return x; });
    }

    public static void requested_before_to_vector(Recorder r) =>
        r.Gives("it", () => Requested().ToArray());
    public static void requested_before_count(Recorder r) =>
        r.Gives("it", () => Requested().Count());
    public static void requested_before_sum(Recorder r) =>
        r.Gives("it", () => Requested().Sum());
    public static void requested_before_min(Recorder r) =>
        r.Gives("it", () => Requested().Min());
    public static void requested_before_max(Recorder r) =>
        r.Gives("it", () => Requested().Max());
    public static void requested_before_average(Recorder r) =>
        r.Gives("it", () => (int)Requested().Average());
    public static void requested_before_any(Recorder r) =>
        r.Gives("it", () => Requested().Any());
    public static void requested_before_all(Recorder r) =>
        r.Gives("it", () => Requested().All(x => x < 99));
    public static void requested_before_contains(Recorder r) =>
        r.Gives("it", () => Requested().Contains(3));
    public static void requested_before_first(Recorder r) =>
        r.Gives("it", () => Requested().First());
    public static void requested_before_last(Recorder r) =>
        r.Gives("it", () => Requested().Last());
    public static void requested_before_single_or_default(Recorder r) =>
        r.Gives("it", () => Requested().SingleOrDefault(x => x == 3));
    public static void requested_before_element_at(Recorder r) =>
        r.Gives("it", () => Requested().ElementAt(3));
    public static void requested_before_aggregate(Recorder r) =>
        r.Gives("it", () => Requested().Aggregate(0, (a, x) => a + x));
    public static void requested_before_to_map(Recorder r) =>
        r.Gives("it", () => Requested().ToDictionary(x => x).Count);
    public static void requested_before_to_lookup(Recorder r) =>
        r.Gives("it", () => Requested().ToLookup(x => x).Count);
    public static void requested_before_sequence_equal(Recorder r) =>
        r.Gives("it", () => Requested().SequenceEqual(Range()));
    public static void requested_before_take(Recorder r) =>
        r.Gives("it", () => Requested().Take(3).ToArray());
    public static void requested_before_skip(Recorder r) =>
        r.Gives("it", () => Requested().Skip(3).ToArray());
    public static void requested_before_take_while(Recorder r) =>
        r.Gives("it", () => Requested().TakeWhile(x => x < 99).ToArray());
    public static void requested_before_skip_while(Recorder r) =>
        r.Gives("it", () => Requested().SkipWhile(x => x < 99).ToArray());
    public static void requested_before_distinct(Recorder r) =>
        r.Gives("it", () => Requested().Distinct().ToArray());
    public static void requested_before_union(Recorder r) =>
        r.Gives("it", () => Requested().Union(Range()).ToArray());
    public static void requested_before_except(Recorder r) =>
        r.Gives("it", () => Requested().Except(Range()).ToArray());
    public static void requested_before_intersect(Recorder r) =>
        r.Gives("it", () => Requested().Intersect(Range()).ToArray());
    public static void requested_before_concat(Recorder r) =>
        r.Gives("it", () => Requested().Concat(Range()).ToArray());
    public static void requested_before_zip(Recorder r) =>
        r.Gives("it", () => Requested().Zip(Range(), (a, b) => a + b).ToArray());
    public static void requested_before_order_by(Recorder r) =>
        r.Gives("it", () => Requested().OrderBy(x => -x).ToArray());
    public static void requested_before_group_by(Recorder r) =>
        r.Gives("it", () => Requested().GroupBy(x => x % 2).Count());
    public static void requested_before_join(Recorder r) =>
        r.Gives("it", () => Requested().Join(Range(), x => x, x => x, (a, b) => a + b).ToArray());
    public static void requested_before_group_join(Recorder r) =>
        r.Gives("it", () => Requested().GroupJoin(Range(), x => x, x => x, (a, b) => a).ToArray());
    public static void requested_before_reverse(Recorder r) =>
        r.Gives("it", () => Requested().Reverse().ToArray());
    public static void requested_before_select_many(Recorder r) =>
        r.Gives("it", () => Requested().SelectMany(x => new[] { x, x }).ToArray());
    public static void requested_before_default_if_empty(Recorder r) =>
        r.Gives("it", () => Requested().DefaultIfEmpty().ToArray());
    public static void requested_before_as_sequential(Recorder r) =>
        r.Gives("it", () => Requested().AsSequential().Count());
    public static void requested_before_for_all(Recorder r) => r.Throws("it", () => Requested().ForAll(x => r.Line(x)));
    public static void requested_before_an_iteration(Recorder r) => r.Throws("it", () =>
    {
        foreach (var x in Requested()) r.Line(x);
    });
    public static void requested_before_nothing(Recorder r) =>
        r.Gives("it", () => ParallelEnumerable.Empty<int>().WithCancellation(new CancellationToken(true)).Count());
    public static void requested_before_a_second_input(Recorder r) =>
        r.Gives("it", () => Range().Concat(Requested()).Count());
    public static void requested_before_and_no_body_runs(Recorder r)
    {
        var runs = 0;
        r.Gives("it", () => Requested().Select(x => Interlocked.Increment(ref runs)).ToArray());
        r.Line(runs);
    }
    public static void requested_after_the_query_was_made(Recorder r)
    {
        var source = new CancellationTokenSource();
        var query = Range().WithCancellation(source.Token).Where(x => x < 5);
        r.Gives("before", () => query.Count());
        source.Cancel();
        r.Gives("after", () => query.Count());
    }
    public static void by_a_body_in_to_vector(Recorder r) =>
        r.Gives("it", () => Canceled().ToArray());
    public static void by_a_body_in_count(Recorder r) =>
        r.Gives("it", () => Canceled().Count());
    public static void by_a_body_in_sum(Recorder r) =>
        r.Gives("it", () => Canceled().Sum(x => (long)x));
    public static void by_a_body_in_max(Recorder r) =>
        r.Gives("it", () => Canceled().Max());
    public static void by_a_body_in_all(Recorder r) =>
        r.Gives("it", () => Canceled().All(x => x >= 0));
    public static void by_a_body_in_contains(Recorder r) =>
        r.Gives("it", () => Canceled().Contains(-1));
    public static void by_a_body_in_last(Recorder r) =>
        r.Gives("it", () => Canceled().Where(x => x >= 0).Last());
    public static void by_a_body_in_order_by(Recorder r) =>
        r.Gives("it", () => Canceled().OrderBy(x => -x).Count());
    public static void by_a_body_in_group_by(Recorder r) =>
        r.Gives("it", () => Canceled().GroupBy(x => x % 2).Count());
    public static void by_a_body_in_distinct(Recorder r) =>
        r.Gives("it", () => Canceled().Distinct().Count());
    public static void by_a_body_in_union(Recorder r) =>
        r.Gives("it", () => Canceled().Union(Range()).Count());
    public static void by_a_body_in_join(Recorder r) =>
        r.Gives("it", () => Canceled().Join(Range(), x => x, x => x, (a, b) => a + b).Count());
    public static void by_a_body_in_select_many(Recorder r) =>
        r.Gives("it", () => Canceled().SelectMany(x => new[] { x, x }).Count());
    public static void by_a_body_in_aggregate(Recorder r) =>
        r.Gives("it", () => Canceled().Aggregate(0, (a, x) => a + 1));
    public static void by_a_body_in_for_all(Recorder r) => r.Throws("it", () => Canceled().ForAll(x => { }));
    public static void by_a_body_in_an_iteration(Recorder r) => r.Throws("it", () =>
    {
        foreach (var x in Canceled()) { }
    });
    public static void a_body_throws_its_cancellation(Recorder r)
    {
        var source = new CancellationTokenSource();
        r.Gives("it", () => Range().WithCancellation(source.Token)
            .Select(x => { source.Cancel(); source.Token.ThrowIfCancellationRequested(); return x; }).Count());
    }
    public static void a_body_throws_the_cancellation_of_another(Recorder r) =>
        r.Gives("it", () => Range().WithDegreeOfParallelism(1).WithCancellation(new CancellationTokenSource().Token)
            .Select(x => x == 2 ? throw new OperationCanceledException(new CancellationToken(true)) : x).Sum());
    public static void a_body_throws_a_cancellation_without_a_token(Recorder r) =>
        r.Gives("it", () => Range().WithDegreeOfParallelism(1)
            .Select(x => x == 2 ? throw new OperationCanceledException(new CancellationToken(true)) : x).Sum());
    public static void a_body_that_cancels_and_throws(Recorder r)
    {
        var source = new CancellationTokenSource();
        r.Gives("it", () => Range().WithDegreeOfParallelism(1).WithCancellation(source.Token)
            .Select(x => { if (x != 2) return x; source.Cancel(); throw new TestError("two"); }).Sum());
    }
}

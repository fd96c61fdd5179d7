// What is evaluated when: nothing before the end asks, and then no more than it needs.

static class query_laziness
{
    static IEnumerable<int> Seen(Recorder r, int n) { for (int i = 0; i < n; ++i) { r.Line("seen", i); yield return i; } }

    public static void take_asks_for_no_more(Recorder r) => r.Line(Seen(r, 5).Take(2).ToArray());
    public static void take_of_none_asks_for_nothing(Recorder r) => r.Line(Seen(r, 5).Take(0).ToArray());
    public static void first_asks_once(Recorder r) => r.Line(Seen(r, 5).First());
    public static void first_that_fits(Recorder r) => r.Line(Seen(r, 5).First(x => x == 2));
    public static void any_ends_at_the_first(Recorder r) => r.Line(Seen(r, 5).Any(x => x == 1));
    public static void all_ends_at_the_first_that_does_not(Recorder r) => r.Line(Seen(r, 5).All(x => x < 1));
    public static void contains_ends_where_it_is(Recorder r) => r.Line(Seen(r, 5).Contains(2));
    public static void element_at_goes_so_far(Recorder r) => r.Line(Seen(r, 5).ElementAt(2));
    public static void take_while_sees_one_more(Recorder r) => r.Line(Seen(r, 5).TakeWhile(x => x < 2).ToArray());
    public static void skip_sees_what_it_skips(Recorder r) => r.Line(Seen(r, 4).Skip(2).ToArray());
    public static void concat_reaches_the_second_when_it_must(Recorder r) => r.Line(Seen(r, 2).Concat(Seen(r, 5)).Take(3).ToArray());
    public static void elements_come_one_by_one(Recorder r)
    {
        foreach (var x in Seen(r, 3).Where(x => x != 1).Select(x => x * 10)) r.Line("got", x);
    }
    public static void a_broken_iteration_asks_for_no_more(Recorder r)
    {
        foreach (var x in Seen(r, 5)) { r.Line("got", x); if (x == 1) break; }
    }
    public static void order_by_sees_all_before_the_first(Recorder r)
    {
        foreach (var x in Seen(r, 3).OrderByDescending(x => x)) r.Line("got", x);
    }
    public static void reverse_sees_all_before_the_first(Recorder r)
    {
        foreach (var x in Seen(r, 3).Reverse()) r.Line("got", x);
    }
    public static void distinct_comes_one_by_one(Recorder r)
    {
        foreach (var x in Seen(r, 3).Distinct()) r.Line("got", x);
    }
    public static void every_evaluation_is_new(Recorder r)
    {
        var q = Seen(r, 2).Where(x => true);
        r.Line(q.Count());
        r.Line(q.Count());
    }
    public static void in_parallel_nothing_runs_before_the_end(Recorder r)
    {
        int ran = 0;
        var q = Enumerable.Range(0, 100).AsParallel().Select(x => { Interlocked.Increment(ref ran); return x; });
        r.Line(ran);
        r.Line(q.Sum(), ran);
        r.Line(q.Count(), ran);
    }
    public static void in_parallel_a_result_comes_while_the_last_body_runs(Recorder r)
    {
        using var seen = new ManualResetEventSlim();
        var q = Enumerable.Range(0, 1000).AsParallel().WithDegreeOfParallelism(2).WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(x => { if (x == 999) seen.Wait(); return x; });
        int sum = 0;
        foreach (var x in q) { seen.Set(); sum += x; }
        r.Line(sum);
    }
    public static void in_parallel_fully_buffered_runs_all_before_the_first(Recorder r)
    {
        int ran = 0;
        var q = Enumerable.Range(0, 1000).AsParallel().WithMergeOptions(ParallelMergeOptions.FullyBuffered).Select(x => { Interlocked.Increment(ref ran); return x; });
        foreach (var x in q) { r.Line(ran); break; }
    }
    public static void in_parallel_an_ordered_iteration_is_in_order(Recorder r)
    {
        var seen = new List<int>();
        foreach (var x in Enumerable.Range(0, 50).AsParallel().AsOrdered().Where(x => x % 5 == 0)) seen.Add(x);
        r.Line(seen);
    }
    public static void in_parallel_an_iteration_that_fails(Recorder r) =>
        r.Throws("iterate", () => { foreach (var x in Enumerable.Range(0, 100).AsParallel().Select(x => x == 50 ? throw new TestError("fifty") : x)) { } });
    public static void in_parallel_an_iteration_that_is_canceled(Recorder r) =>
        r.Throws("iterate", () => { foreach (var x in Enumerable.Range(0, 100).AsParallel().WithCancellation(new CancellationToken(true))) { } });
}

// where and select: what is evaluated when, and what their functions throw.

static class query_where
{
    public static void keeps_what_fits_in_order(Recorder r) =>
        r.Line(Enumerable.Range(0, 10).Where(x => x % 3 == 0).Select(x => x * x).ToArray());
    public static void nothing_runs_before_the_end(Recorder r)
    {
        var query = Enumerable.Range(0, 3).Select(x => { r.Line("seen", x); return x; });
        r.Line("made");
        r.Line(query.ToArray());
    }
    public static void a_predicate_that_throws(Recorder r) =>
        r.Gives("sequential", () => Enumerable.Range(0, 3).Where(x => x == 2 ? throw new TestError("two") : true).ToArray());
    public static void a_predicate_that_throws_in_parallel(Recorder r) =>
        r.Gives("parallel", () => Enumerable.Range(0, 3).AsParallel().Where(x => x == 2 ? throw new TestError("two") : true).ToArray());
    public static void of_nothing(Recorder r) =>
        r.Line(Enumerable.Empty<int>().Where(x => true).ToArray());
    public static void ordered_in_parallel(Recorder r) =>
        r.Line(Enumerable.Range(0, 20).AsParallel().AsOrdered().Where(x => x % 2 == 0).Select(x => x + 1).ToArray());
    public static void a_token_that_was_requested(Recorder r) =>
        r.Gives("canceled", () => Enumerable.Range(0, 20).AsParallel().WithCancellation(new CancellationToken(true)).Where(x => true).ToArray());
}

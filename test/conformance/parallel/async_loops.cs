// Parallel.ForEachAsync: what runs, what ends early, what the task ends with.

static class async_loops
{
    static ParallelOptions With(int degree = -1, CancellationToken token = default) => new() { MaxDegreeOfParallelism = degree, CancellationToken = token };
    static IEnumerable<int> FailsAt(int where) { for (int i = 0; ; ++i) { if (i == where) throw new TestError("source"); yield return i; } }
    static async IAsyncEnumerable<int> Stream(int n) { for (int i = 0; i < n; ++i) { await Task.Yield(); yield return i; } }

    public static async Task each_element_once(Recorder r)
    {
        int sum = 0, count = 0;
        await r.Awaits("loop", Parallel.ForEachAsync(Enumerable.Range(0, 100), async (i, stop) => { await Task.Yield(); Interlocked.Add(ref sum, i); Interlocked.Increment(ref count); }));
        r.Line(sum, count);
    }
    public static async Task of_nothing(Recorder r) =>
        await r.Awaits("loop", Parallel.ForEachAsync(Array.Empty<int>(), async (i, stop) => r.Line("never")));
    public static void bad_degrees(Recorder r)
    {
        r.Throws("zero", () => Parallel.ForEachAsync(new[] { 1 }, With(0), async (i, stop) => { }).GetAwaiter().GetResult());
        r.Throws("minus two", () => Parallel.ForEachAsync(new[] { 1 }, With(-2), async (i, stop) => { }).GetAwaiter().GetResult());
        r.Throws("minus one", () => Parallel.ForEachAsync(new[] { 1 }, With(-1), async (i, stop) => { }).GetAwaiter().GetResult());
    }
    public static async Task one_at_a_time_is_in_order(Recorder r)
    {
        var seen = new List<int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 10), With(1), async (i, stop) => { await Task.Yield(); seen.Add(i); });
        r.Line(seen);
    }
    public static async Task no_more_at_once_than_asked(Recorder r)
    {
        int now = 0, most = 0;
        var guard = new object();
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), With(3), async (i, stop) =>
        {
            lock (guard) most = Math.Max(most, ++now);
            await Task.Yield();
            lock (guard) --now;
        });
        r.Line(most <= 3);
    }
    public static async Task bodies_start_on_the_pool(Recorder r) =>
        await Parallel.ForEachAsync(new[] { 1 }, async (i, stop) => r.Line(Here.Label));
    public static async Task as_many_at_once_as_asked(Recorder r)
    {
        var both = new TaskCompletionSource();
        int begun = 0;
        await r.Awaits("loop", Parallel.ForEachAsync(Enumerable.Range(0, 2), With(2), async (i, stop) =>
        {
            if (Interlocked.Increment(ref begun) == 2) both.SetResult();
            await both.Task;
        }));
    }
    public static async Task an_exception(Recorder r)
    {
        var loop = Parallel.ForEachAsync(Enumerable.Range(0, 10), With(1), async (i, stop) => { await Task.Yield(); if (i == 3) throw new TestError("three"); });
        await r.Awaits("loop", loop);
        r.Errors("errors", loop);
        r.State("loop", loop);
    }
    public static async Task an_exception_before_the_first_await(Recorder r) =>
        await r.Awaits("loop", Parallel.ForEachAsync(Enumerable.Range(0, 10), With(1), (i, stop) => throw new TestError("at once")));
    public static async Task nothing_starts_after_an_exception(Recorder r)
    {
        int ran = 0;
        await r.Awaits("loop", Parallel.ForEachAsync(Enumerable.Range(0, 100), With(1), async (i, stop) => { ++ran; if (i == 3) throw new TestError("three"); }));
        r.Line(ran);
    }
    public static async Task exceptions_of_two_bodies(Recorder r)
    {
        var both = new TaskCompletionSource();
        int begun = 0;
        var loop = Parallel.ForEachAsync(Enumerable.Range(0, 2), With(2), async (i, stop) =>
        {
            if (Interlocked.Increment(ref begun) == 2) both.SetResult();
            await both.Task;
            throw new TestError("boom");
        });
        await r.Awaits("loop", loop);
        r.Errors("errors", loop);
    }
    public static async Task a_failure_asks_the_others_to_stop(Recorder r)
    {
        var waits = new TaskCompletionSource();
        var loop = Parallel.ForEachAsync(Enumerable.Range(0, 2), With(2), async (i, stop) =>
        {
            if (i == 0)
            {
                var asked = new TaskCompletionSource();
                using var registration = stop.Register(() => asked.SetResult());
                waits.SetResult();
                await asked.Task;
                r.Line("asked", stop.IsCancellationRequested);
            }
            else
            {
                await waits.Task;
                throw new TestError("boom");
            }
        });
        await r.Awaits("loop", loop);
        r.Errors("errors", loop);
    }
    public static async Task a_requested_token(Recorder r)
    {
        var loop = Parallel.ForEachAsync(Enumerable.Range(0, 10), With(1, new CancellationToken(true)), async (i, stop) => r.Line("never"));
        await r.Awaits("loop", loop);
        r.State("loop", loop);
    }
    public static async Task canceled_in_the_middle(Recorder r)
    {
        using var source = new CancellationTokenSource();
        int ran = 0;
        var loop = Parallel.ForEachAsync(Enumerable.Range(0, 100), With(1, source.Token), async (i, stop) => { ++ran; if (i == 3) { source.Cancel(); r.Line(stop.IsCancellationRequested); } });
        await r.Awaits("loop", loop);
        r.Line(ran);
        r.State("loop", loop);
    }
    public static async Task a_failure_and_a_cancellation(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var loop = Parallel.ForEachAsync(Enumerable.Range(0, 100), With(1, source.Token), async (i, stop) => { source.Cancel(); throw new TestError("boom"); });
        await r.Awaits("loop", loop);
        r.State("loop", loop);
    }
    public static async Task a_body_that_throws_a_cancellation_of_its_own(Recorder r)
    {
        var loop = Parallel.ForEachAsync(Enumerable.Range(0, 10), With(1), async (i, stop) => throw new OperationCanceledException());
        await r.Awaits("loop", loop);
        r.State("loop", loop);
    }
    public static async Task a_source_that_throws(Recorder r)
    {
        int ran = 0;
        var loop = Parallel.ForEachAsync(FailsAt(3), With(1), async (i, stop) => ++ran);
        await r.Awaits("loop", loop);
        r.Line(ran);
        r.Errors("errors", loop);
    }
    public static async Task a_stream(Recorder r)
    {
        int sum = 0;
        await r.Awaits("loop", Parallel.ForEachAsync(Stream(10), async (i, stop) => Interlocked.Add(ref sum, i)));
        r.Line(sum);
    }
    public static async Task a_stream_one_at_a_time(Recorder r)
    {
        var seen = new List<int>();
        await Parallel.ForEachAsync(Stream(5), With(1), async (i, stop) => { await Task.Yield(); seen.Add(i); });
        r.Line(seen);
    }
    public static async Task the_source_is_read_no_further_than_needed(Recorder r)
    {
        int read = 0;
        IEnumerable<int> Counted() { for (; ; ) yield return read++; }
        await r.Awaits("loop", Parallel.ForEachAsync(Counted(), With(1), async (i, stop) => { if (i == 4) throw new TestError("four"); }));
        r.Line(read);
    }
}

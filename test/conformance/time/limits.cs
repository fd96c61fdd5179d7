// Work with a limit: what with_timeout does, written with what .NET has.

static class limits
{
    static TimeSpan Ms(int n) => TimeSpan.FromMilliseconds(n);

    static async Task<T> WithTimeout<T>(Func<CancellationToken, Task<T>> f, TimeSpan limit, CancellationToken stop = default)
    {
        stop.ThrowIfCancellationRequested();
        using var source = CancellationTokenSource.CreateLinkedTokenSource(stop);
        source.CancelAfter(limit);
        try { return await f(source.Token); }
        catch (OperationCanceledException) when (source.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }
    static async Task<int> Endless(CancellationToken stop) { await Task.Delay(Timeout.Infinite, stop); return 0; }

    public static Task in_time(Recorder r) => r.Awaits("t", WithTimeout(_ => Task.FromResult(1), Ms(60000)));
    public static Task too_late(Recorder r) => r.Awaits("t", WithTimeout(Endless, Ms(1)));
    public static Task no_time_at_all(Recorder r) => r.Awaits("t", WithTimeout(Endless, TimeSpan.Zero));
    public static Task no_time_and_nothing_to_wait_for(Recorder r) =>
        r.Awaits("t", WithTimeout(_ => Task.FromResult(1), TimeSpan.Zero));
    public static Task without_a_limit(Recorder r) =>
        r.Awaits("t", WithTimeout(_ => Task.FromResult(2), Timeout.InfiniteTimeSpan));
    public static Task work_that_fails(Recorder r) =>
        r.Awaits("t", WithTimeout<int>(_ => throw new TestError("work"), Ms(60000)));
    public static Task work_that_fails_later(Recorder r) => r.Awaits("t", WithTimeout<int>(async _ =>
    {
        await Task.Yield();
        throw new TestError("later");
    }, Ms(60000)));
    public static Task work_that_fails_when_it_is_stopped(Recorder r) => r.Awaits("t", WithTimeout<int>(async stop =>
    {
        try { await Endless(stop); } catch (OperationCanceledException) { }
        throw new TestError("while stopping");
    }, Ms(1)));
    public static Task work_that_ends_well_though_it_is_late(Recorder r) => r.Awaits("t", WithTimeout(async stop =>
    {
        try { await Endless(stop); } catch (OperationCanceledException) { }
        return 5;
    }, Ms(1)));
    public static Task it_waits_for_the_end_of_the_work(Recorder r) => r.Awaits("t", WithTimeout<int>(async stop =>
    {
        try { await Endless(stop); }
        finally { await Task.Yield(); r.Line("cleaned up"); }
        return 0;
    }, Ms(1)));
    public static async Task canceled_from_outside(Recorder r)
    {
        var stop = new CancellationTokenSource();
        var t = WithTimeout(Endless, Ms(60000), stop.Token);
        stop.Cancel();
        await r.Awaits("t", t);
        r.Line(t.Status);
    }
    public static async Task canceled_before(Recorder r)
    {
        bool ran = false;
        await r.Awaits("t", WithTimeout(_ => { ran = true; return Task.FromResult(1); }, Ms(60000), new CancellationToken(true)));
        r.Line(ran);
    }
    public static Task a_cancellation_of_the_works_own(Recorder r) =>
        r.Awaits("t", WithTimeout<int>(_ => throw new OperationCanceledException(), Ms(60000)));
    public static async Task how_it_ends_when_late(Recorder r)
    {
        var t = WithTimeout(Endless, Ms(1));
        await r.Awaits("t", t);
        r.Line(t.Status);
    }
    public static Task one_inside_another(Recorder r) =>
        r.Awaits("t", WithTimeout(stop => WithTimeout(Endless, Ms(60000), stop), Ms(1)));
    public static Task the_inner_one_is_shorter(Recorder r) =>
        r.Awaits("t", WithTimeout(stop => WithTimeout(Endless, Ms(1), stop), Ms(60000)));
}

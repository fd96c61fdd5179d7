// WaitAsync: a limit to the waiting, not to what is awaited; and PeriodicTimer.

static class wait_async
{
    static TimeSpan Ms(int n) => TimeSpan.FromMilliseconds(n);

    public static async Task of_a_completed_task(Recorder r)
    {
        await r.Awaits("value", Task.FromResult(1).WaitAsync(Ms(1000)));
        await r.Awaits("no time", Task.FromResult(2).WaitAsync(Ms(0)));
        await r.Awaits("requested", Task.FromResult(3).WaitAsync(new CancellationToken(true)));
    }
    public static async Task in_time(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        var t = s.Task.WaitAsync(TimeSpan.FromHours(1));
        r.Line(t.IsCompleted);
        s.SetResult(4);
        await r.Awaits("await", t);
    }
    public static async Task too_late(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        var t = s.Task.WaitAsync(Ms(2));
        await r.Awaits("await", t);
        r.Line(t.Status, s.Task.IsCompleted);
        s.SetResult(5);
        await r.Awaits("the task", s.Task);
    }
    public static async Task no_time_at_all(Recorder r) =>
        await r.Awaits("await", new TaskCompletionSource().Task.WaitAsync(Ms(0)));
    public static void less_than_no_time(Recorder r)
    {
        r.Throws("pending", () => new TaskCompletionSource().Task.WaitAsync(Ms(-5)));
        r.Throws("completed", () => Task.CompletedTask.WaitAsync(Ms(-5)));
    }
    public static async Task a_requested_token(Recorder r)
    {
        var t = new TaskCompletionSource().Task.WaitAsync(new CancellationToken(true));
        r.Line(t.Status);
        await r.Awaits("await", t);
    }
    public static async Task a_requested_token_and_no_time(Recorder r) =>
        await r.Awaits("await", new TaskCompletionSource().Task.WaitAsync(Ms(0), new CancellationToken(true)));
    public static async Task canceled_while_it_waits(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var s = new TaskCompletionSource();
        var t = s.Task.WaitAsync(source.Token);
        source.Cancel();
        await r.Awaits("await", t);
        r.Line(t.Status, s.Task.IsCompleted);
    }
    public static async Task a_task_that_fails(Recorder r)
    {
        var s = new TaskCompletionSource();
        var t = s.Task.WaitAsync(TimeSpan.FromHours(1));
        s.SetException(new TestError("boom"));
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static async Task a_task_with_several_errors(Recorder r)
    {
        var s = new TaskCompletionSource();
        var t = s.Task.WaitAsync(TimeSpan.FromHours(1));
        s.SetException([new TestError("a"), new TestError("b")]);
        await r.Awaits("await", t);
        r.Errors("errors", t);
    }
    public static async Task a_task_that_is_canceled(Recorder r)
    {
        var s = new TaskCompletionSource();
        var t = s.Task.WaitAsync(TimeSpan.FromHours(1));
        s.SetCanceled();
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static async Task twice_on_one_task(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        var early = s.Task.WaitAsync(Ms(2));
        var late = s.Task.WaitAsync(TimeSpan.FromHours(1));
        await r.Awaits("early", early);
        s.SetResult(6);
        await r.Awaits("late", late);
    }
    public static async Task by_a_clock_that_is_moved(Recorder r)
    {
        var time = new ManualTime();
        var s = new TaskCompletionSource<int>();
        var t = s.Task.WaitAsync(Ms(100), time);
        time.Advance(Ms(99));
        r.Line(t.IsCompleted);
        time.Advance(Ms(1));
        await r.Awaits("await", t);
    }
    public static async Task ticks(Recorder r)
    {
        using var timer = new PeriodicTimer(Ms(1));
        for (int i = 0; i < 3; ++i) r.Line(await timer.WaitForNextTickAsync());
    }
    public static async Task a_tick_that_nobody_waited_for_is_kept(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(10), time);
        time.Advance(Ms(35));
        var first = timer.WaitForNextTickAsync().AsTask();
        r.Line(first.IsCompleted, await first);
        var second = timer.WaitForNextTickAsync().AsTask();
        r.Line(second.IsCompleted);
        time.Advance(Ms(10));
        r.Line(await second);
    }
    public static async Task disposing_ends_the_wait(Recorder r)
    {
        var timer = new PeriodicTimer(TimeSpan.FromHours(1));
        var t = timer.WaitForNextTickAsync().AsTask();
        r.Line(t.IsCompleted);
        timer.Dispose();
        r.Line(await t, await timer.WaitForNextTickAsync());
        timer.Dispose();
    }
    public static async Task two_waits_at_once(Recorder r)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1));
        var t = timer.WaitForNextTickAsync().AsTask();
        try { await timer.WaitForNextTickAsync(); r.Line("ok"); } catch (Exception e) { r.Line(e); }
        timer.Dispose();
        r.Line(await t);
    }
    public static async Task a_tick_canceled(Recorder r)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1));
        using var source = new CancellationTokenSource();
        var t = timer.WaitForNextTickAsync(source.Token).AsTask();
        source.Cancel();
        await r.Awaits("await", t);
        await r.Awaits("requested", timer.WaitForNextTickAsync(new CancellationToken(true)));
    }
    public static void bad_periods(Recorder r)
    {
        r.Throws("zero", () => new PeriodicTimer(TimeSpan.Zero));
        r.Throws("negative", () => new PeriodicTimer(Ms(-5)));
        r.Throws("infinite", () => new PeriodicTimer(Timeout.InfiniteTimeSpan));
    }
}

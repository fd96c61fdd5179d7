// PeriodicTimer under a clock that is moved, and at its ends.

static class periodic
{
    static TimeSpan Ms(int n) => TimeSpan.FromMilliseconds(n);

    public static async Task one_tick_a_period(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(10), time);
        for (int i = 0; i < 3; ++i)
        {
            var t = timer.WaitForNextTickAsync().AsTask();
            time.Advance(Ms(9));
            r.Line(t.IsCompleted);
            time.Advance(Ms(1));
            r.Line(await t);
        }
    }
    public static async Task the_first_tick_is_not_at_once(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(10), time);
        var t = timer.WaitForNextTickAsync().AsTask();
        r.Line(t.IsCompleted);
        time.Advance(Ms(10));
        r.Line(await t);
    }
    public static async Task many_missed_ticks_are_one(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(1), time);
        time.Advance(Ms(100));
        r.Line(await timer.WaitForNextTickAsync());
        var t = timer.WaitForNextTickAsync().AsTask();
        r.Line(t.IsCompleted);
        time.Advance(Ms(1));
        r.Line(await t);
    }
    public static async Task a_kept_tick_is_there_after_the_end_or_not(Recorder r)
    {
        var time = new ManualTime();
        var timer = new PeriodicTimer(Ms(1), time);
        time.Advance(Ms(5));
        timer.Dispose();
        r.Line(await timer.WaitForNextTickAsync());
        r.Line(await timer.WaitForNextTickAsync());
    }
    public static async Task a_requested_token_beats_a_kept_tick(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(1), time);
        time.Advance(Ms(5));
        await r.Awaits("requested", timer.WaitForNextTickAsync(new CancellationToken(true)));
        await r.Awaits("next", timer.WaitForNextTickAsync());
    }
    public static async Task after_a_canceled_wait_it_ticks_on(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(10), time);
        using var source = new CancellationTokenSource();
        var t = timer.WaitForNextTickAsync(source.Token).AsTask();
        source.Cancel();
        await r.Awaits("canceled", t);
        var next = timer.WaitForNextTickAsync().AsTask();
        r.Line(next.IsCompleted);
        time.Advance(Ms(10));
        await r.Awaits("next", next);
    }
    public static async Task a_token_requested_after_the_tick(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(10), time);
        using var source = new CancellationTokenSource();
        var t = timer.WaitForNextTickAsync(source.Token).AsTask();
        time.Advance(Ms(10));
        source.Cancel();
        await r.Awaits("await", t);
    }
    public static void it_has_one_timer_until_its_end(Recorder r)
    {
        var time = new ManualTime();
        var timer = new PeriodicTimer(Ms(10), time);
        r.Line(time.Timers);
        timer.Dispose();
        r.Line(time.Timers);
    }
    public static async Task a_loop_that_ends_with_it(Recorder r)
    {
        var time = new ManualTime();
        var timer = new PeriodicTimer(Ms(10), time);
        int ticks = 0;
        async Task Loop() { while (await timer.WaitForNextTickAsync()) ++ticks; }
        var t = Loop();
        for (int i = 0; i < 3; ++i)
        {
            time.Advance(Ms(10));
            while (Volatile.Read(ref ticks) <= i) Thread.Yield();
        }
        timer.Dispose();
        await r.Awaits("loop", t);
        r.Line(ticks);
    }
}

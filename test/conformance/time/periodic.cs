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
    public static void periods_that_are_none(Recorder r)
    {
        r.Throws("zero", () => new PeriodicTimer(TimeSpan.Zero));
        r.Throws("negative", () => new PeriodicTimer(Ms(-5)));
        r.Throws("infinite", () => new PeriodicTimer(Timeout.InfiniteTimeSpan).Dispose());
        using var timer = new PeriodicTimer(Ms(10), new ManualTime());
        r.Throws("set to zero", () => timer.Period = TimeSpan.Zero);
        r.Line(timer.Period == Ms(10));
    }
    public static async Task a_second_wait_while_one_is_pending(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(10), time);
        var t = timer.WaitForNextTickAsync().AsTask();
        r.Throws("second", () => { _ = timer.WaitForNextTickAsync(); });
        time.Advance(Ms(10));
        await r.Awaits("first", t);
    }
    public static async Task a_new_period_counts_from_its_setting(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(10), time);
        var t = timer.WaitForNextTickAsync().AsTask();
        time.Advance(Ms(8));
        timer.Period = Ms(20);
        time.Advance(Ms(2));
        r.Line(t.IsCompleted, timer.Period == Ms(20));
        time.Advance(Ms(17));
        r.Line(t.IsCompleted);
        time.Advance(Ms(1));
        await r.Awaits("tick", t);
    }
    public static async Task a_period_without_end_never_ticks(Recorder r)
    {
        var time = new ManualTime();
        var timer = new PeriodicTimer(Timeout.InfiniteTimeSpan, time);
        var t = timer.WaitForNextTickAsync().AsTask();
        time.Advance(Ms(1000000));
        r.Line(t.IsCompleted);
        timer.Dispose();
        await r.Awaits("wait", t);
    }
    public static void a_new_period_after_the_end(Recorder r)
    {
        var timer = new PeriodicTimer(Ms(10));
        timer.Dispose();
        r.Throws("set", () => timer.Period = Ms(20));
    }
    public static async Task who_comes_late_keeps_the_grid(Recorder r)
    {
        var time = new ManualTime();
        using var timer = new PeriodicTimer(Ms(10), time);
        time.Advance(Ms(25));
        r.Line(await timer.WaitForNextTickAsync());
        var t = timer.WaitForNextTickAsync().AsTask();
        time.Advance(Ms(4));
        r.Line(t.IsCompleted);
        time.Advance(Ms(1));
        r.Line(await t);
    }
    public static async Task the_end_beats_a_token_that_comes_later(Recorder r)
    {
        var timer = new PeriodicTimer(Ms(10), new ManualTime());
        using var source = new CancellationTokenSource();
        var t = timer.WaitForNextTickAsync(source.Token).AsTask();
        timer.Dispose();
        source.Cancel();
        await r.Awaits("wait", t);
    }
    public static async Task a_token_beats_an_end_that_comes_later(Recorder r)
    {
        var timer = new PeriodicTimer(Ms(10), new ManualTime());
        using var source = new CancellationTokenSource();
        var t = timer.WaitForNextTickAsync(source.Token).AsTask();
        source.Cancel();
        timer.Dispose();
        await r.Awaits("wait", t);
    }
}

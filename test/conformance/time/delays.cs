// Delays and timers, by the system's clock and by one that the case moves.

static class delays
{
    static TimeSpan Ms(int n) => TimeSpan.FromMilliseconds(n);

    public static void of_nothing_is_completed(Recorder r) => r.Line(Task.Delay(Ms(0)).IsCompletedSuccessfully);
    public static void negative_ones_are_refused(Recorder r)
    {
        r.Throws("minus five", () => Task.Delay(Ms(-5)));
        r.Throws("infinite", () => Task.Delay(Timeout.InfiniteTimeSpan));
    }
    public static async Task ends(Recorder r) => await r.Awaits("delay", Task.Delay(Ms(2)));
    public static async Task ends_on_the_pool(Recorder r)
    {
        async Task<string> Waits() { await Task.Delay(Ms(2)); return Here.Label; }
        r.Line(await Waits());
    }
    public static async Task a_requested_token(Recorder r)
    {
        var t = Task.Delay(Ms(1000), new CancellationToken(true));
        r.Line(t.Status);
        await r.Awaits("delay", t);
    }
    public static void a_requested_token_beats_no_time(Recorder r) =>
        r.Line(Task.Delay(Ms(0), new CancellationToken(true)).Status);
    public static async Task canceled_while_it_waits(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var t = Task.Delay(TimeSpan.FromHours(1), source.Token);
        r.Line(t.IsCompleted);
        source.Cancel();
        await r.Awaits("delay", t);
    }
    public static async Task a_token_requested_too_late(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var t = Task.Delay(Ms(1), source.Token);
        await t;
        source.Cancel();
        r.Line(t.Status);
    }
    public static void by_a_clock_that_is_moved(Recorder r)
    {
        var time = new ManualTime();
        var t = Task.Delay(Ms(100), time);
        time.Advance(Ms(99));
        r.Line(t.IsCompleted);
        time.Advance(Ms(1));
        t.Wait();
        r.Line(t.Status);
    }
    public static void in_the_order_of_their_times(Recorder r)
    {
        var time = new ManualTime();
        var done = new List<int>();
        async Task Waits(int ms) { await Task.Delay(Ms(ms), time); lock (done) done.Add(ms); }
        var tasks = new[] { 30, 10, 20 }.Select(Waits).ToArray();
        for (int i = 0; i < 3; ++i)
        {
            time.Advance(Ms(10));
            tasks[new[] { 1, 2, 0 }[i]].Wait();
        }
        r.Line(done);
    }
    public static void no_time_by_a_clock_that_stands_still(Recorder r)
    {
        var time = new ManualTime();
        r.Line(Task.Delay(Ms(0), time).IsCompleted, time.Timers);
    }
    public static void canceling_takes_the_timer_back(Recorder r)
    {
        var time = new ManualTime();
        using var source = new CancellationTokenSource();
        var t = Task.Delay(Ms(100), time, source.Token);
        r.Line(time.Timers);
        source.Cancel();
        try { t.Wait(); } catch (Exception) { }
        r.Line(t.Status, time.Timers);
    }
    public static void an_endless_delay_has_no_timer(Recorder r)
    {
        var time = new ManualTime();
        var t = Task.Delay(Timeout.InfiniteTimeSpan, time, CancellationToken.None);
        time.Advance(TimeSpan.FromDays(1));
        r.Line(t.IsCompleted);
    }
    public static void a_timer_that_fires_once(Recorder r)
    {
        var time = new ManualTime();
        using var timer = time.CreateTimer(_ => r.Line("fired"), null, Ms(10), Timeout.InfiniteTimeSpan);
        time.Advance(Ms(9));
        r.Line("not yet");
        time.Advance(Ms(100));
    }
    public static void a_timer_with_a_period(Recorder r)
    {
        var time = new ManualTime();
        using var timer = time.CreateTimer(_ => r.Line("fired"), null, Ms(10), Ms(20));
        time.Advance(Ms(55));
    }
    public static void a_timer_that_is_destroyed(Recorder r)
    {
        var time = new ManualTime();
        var timer = time.CreateTimer(_ => r.Line("never"), null, Ms(10), Ms(10));
        timer.Dispose();
        time.Advance(Ms(100));
        r.Line("end");
    }
    public static void a_timer_of_the_system(Recorder r)
    {
        var fired = new ManualResetEventSlim();
        using var timer = TimeProvider.System.CreateTimer(_ => { r.Line("fired on", Here.Label); fired.Set(); }, null, Ms(1), Timeout.InfiniteTimeSpan);
        fired.Wait();
    }
    public static void a_periodic_timer_of_the_system(Recorder r)
    {
        var fired = new CountdownEvent(3);
        using var timer = TimeProvider.System.CreateTimer(_ => { if (!fired.IsSet) fired.Signal(); }, null, Ms(0), Ms(1));
        fired.Wait();
        r.Line("three times");
    }
    public static void bad_timers(Recorder r)
    {
        r.Throws("due", () => TimeProvider.System.CreateTimer(_ => { }, null, Ms(-5), Timeout.InfiniteTimeSpan));
        r.Throws("period", () => TimeProvider.System.CreateTimer(_ => { }, null, Ms(5), Ms(-5)));
    }
    public static async Task many_at_once(Recorder r)
    {
        int ended = 0;
        async Task Waits(int i) { await Task.Delay(Ms(1 + i % 3)); Interlocked.Increment(ref ended); }
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(Waits));
        r.Line(ended);
    }
}

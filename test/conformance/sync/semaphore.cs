// SemaphoreSlim as async code uses it.

static class semaphore
{
    static TimeSpan Ms(int n) => TimeSpan.FromMilliseconds(n);

    public static void counts_down_and_up(Recorder r)
    {
        var s = new SemaphoreSlim(2, 3);
        s.WaitAsync().Wait();
        r.Line(s.CurrentCount);
        s.WaitAsync().Wait();
        r.Line(s.CurrentCount);
        r.Line("before", s.Release());
        r.Line(s.CurrentCount);
    }
    public static void acquire_with_a_permit_at_hand_is_completed(Recorder r)
    {
        var s = new SemaphoreSlim(1);
        r.Line(s.WaitAsync().IsCompletedSuccessfully, s.WaitAsync().IsCompleted);
    }
    public static void try_acquire(Recorder r)
    {
        var s = new SemaphoreSlim(1);
        r.Line(s.Wait(0), s.Wait(0), s.CurrentCount);
    }
    public static void first_come_first_served(Recorder r)
    {
        var s = new SemaphoreSlim(0);
        var order = new List<int>();
        async Task Waits(int n) { await s.WaitAsync(); lock (order) order.Add(n); s.Release(); }
        var tasks = Enumerable.Range(0, 5).Select(Waits).ToArray();
        s.Release();
        Task.WaitAll(tasks);
        r.Line(order);
    }
    public static void release_does_not_run_the_awaiter_inside(Recorder r)
    {
        var s = new SemaphoreSlim(0);
        async Task<string> Waits() { await s.WaitAsync(); return Here.Label; }
        var t = Waits();
        Here.On("releaser", () => s.Release());
        r.Line(t.Result);
    }
    public static void a_release_of_several(Recorder r)
    {
        var s = new SemaphoreSlim(0);
        var tasks = Enumerable.Range(0, 3).Select(_ => s.WaitAsync()).ToArray();
        r.Line("before", s.Release(2));
        tasks[0].Wait();
        tasks[1].Wait();
        r.Line(tasks[2].IsCompleted, s.CurrentCount);
        s.Release();
        tasks[2].Wait();
        r.Line(s.CurrentCount);
    }
    public static void above_its_maximum(Recorder r)
    {
        var s = new SemaphoreSlim(1, 2);
        r.Gives("one", () => s.Release());
        r.Gives("too many", () => s.Release());
        r.Line(s.CurrentCount);
        s.Wait(0);
        r.Gives("two at once", () => s.Release(2));
        r.Line(s.CurrentCount);
    }
    public static void bad_arguments(Recorder r)
    {
        r.Throws("more than its maximum", () => new SemaphoreSlim(3, 2));
        r.Throws("no maximum", () => new SemaphoreSlim(0, 0));
        r.Throws("release nothing", () => new SemaphoreSlim(0).Release(0));
    }
    public static async Task a_requested_token_beats_a_permit(Recorder r)
    {
        var s = new SemaphoreSlim(1);
        var t = s.WaitAsync(new CancellationToken(true));
        await r.Awaits("acquire", t);
        r.Line(s.CurrentCount);
    }
    public static async Task canceled_while_it_waits(Recorder r)
    {
        var s = new SemaphoreSlim(0);
        using var source = new CancellationTokenSource();
        var t = s.WaitAsync(source.Token);
        r.Line(t.IsCompleted);
        source.Cancel();
        await r.Awaits("acquire", t);
        s.Release();
        r.Line(s.CurrentCount);
    }
    public static async Task a_canceled_waiter_is_skipped(Recorder r)
    {
        var s = new SemaphoreSlim(0);
        using var source = new CancellationTokenSource();
        var first = s.WaitAsync(source.Token);
        var second = s.WaitAsync();
        source.Cancel();
        await r.Awaits("first", first);
        s.Release();
        await r.Awaits("second", second);
        r.Line(s.CurrentCount);
    }
    public static async Task cancel_after_it_was_acquired(Recorder r)
    {
        var s = new SemaphoreSlim(1);
        using var source = new CancellationTokenSource();
        var t = s.WaitAsync(source.Token);
        source.Cancel();
        await r.Awaits("acquire", t);
        r.Line(s.CurrentCount);
    }
    public static async Task with_a_limit_that_passes(Recorder r)
    {
        var s = new SemaphoreSlim(0);
        r.Line(await s.WaitAsync(Ms(2)), s.CurrentCount);
        s.Release();
        r.Line(s.CurrentCount);
    }
    public static async Task with_a_limit_that_suffices(Recorder r)
    {
        var s = new SemaphoreSlim(1);
        r.Line(await s.WaitAsync(Ms(1000)), s.CurrentCount);
        var t = s.WaitAsync(Timeout.InfiniteTimeSpan);
        s.Release();
        r.Line(await t);
    }
    public static async Task with_no_time(Recorder r)
    {
        var s = new SemaphoreSlim(1);
        r.Line(await s.WaitAsync(Ms(0)), await s.WaitAsync(Ms(0)), s.CurrentCount);
    }
    public static async Task with_less_than_no_time(Recorder r)
    {
        var s = new SemaphoreSlim(1);
        try { await s.WaitAsync(Ms(-5)); r.Line("ok"); } catch (Exception e) { r.Line(e); }
        r.Line(s.CurrentCount);
    }
    public static async Task with_a_limit_and_a_token(Recorder r)
    {
        var s = new SemaphoreSlim(0);
        using var source = new CancellationTokenSource();
        var t = s.WaitAsync(TimeSpan.FromHours(1), source.Token);
        source.Cancel();
        await r.Awaits("acquire", t);
        await r.Awaits("requested", s.WaitAsync(Ms(1000), new CancellationToken(true)));
    }
    public static void limits_what_runs_at_once(Recorder r)
    {
        var s = new SemaphoreSlim(2);
        int now = 0, most = 0;
        async Task Work()
        {
            await s.WaitAsync();
            int n = Interlocked.Increment(ref now);
            lock (s) most = Math.Max(most, n);
            await Task.Yield();
            Interlocked.Decrement(ref now);
            s.Release();
        }
        Task.WaitAll(Enumerable.Range(0, 50).Select(_ => Task.Run(Work)).ToArray());
        r.Line(most <= 2, s.CurrentCount);
    }
    public static void as_a_mutex(Recorder r)
    {
        var s = new SemaphoreSlim(1, 1);
        int value = 0;
        async Task Work()
        {
            for (int i = 0; i < 100; ++i)
            {
                await s.WaitAsync();
                try { int x = value; await Task.Yield(); value = x + 1; }
                finally { s.Release(); }
            }
        }
        Task.WaitAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Work)).ToArray());
        r.Line(value);
    }
}

// Things that go before others that use them.

static class disposals
{
    public static void a_registration_outlives_its_source(Recorder r)
    {
        int called = 0;
        var source = new CancellationTokenSource();
        var registration = source.Token.Register(() => ++called);
        source.Dispose();
        r.Throws("registration", registration.Dispose);
        r.Line(called);
    }
    public static void a_token_outlives_its_source(Recorder r)
    {
        var source = new CancellationTokenSource();
        var token = source.Token;
        source.Cancel();
        source.Dispose();
        r.Line(token.IsCancellationRequested);
    }
    public static void a_token_of_a_source_that_never_canceled(Recorder r)
    {
        var source = new CancellationTokenSource();
        var token = source.Token;
        source.Dispose();
        r.Line(token.IsCancellationRequested);
    }
    public static async Task a_delay_outlives_the_source_of_its_token(Recorder r)
    {
        var time = new ManualTime();
        var source = new CancellationTokenSource();
        var delay = Task.Delay(TimeSpan.FromMilliseconds(10), time, source.Token);
        source.Dispose();
        time.Advance(TimeSpan.FromMilliseconds(10));
        await r.Awaits("delay", delay);
    }
    public static void a_child_goes_before_its_parent(Recorder r)
    {
        var parent = new CancellationTokenSource();
        int called = 0;
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        child.Token.Register(() => ++called);
        child.Dispose();
        r.Throws("parent", parent.Cancel);
        r.Line(called);
    }
    public static void a_parent_goes_before_its_child(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        parent.Dispose();
        r.Line(child.IsCancellationRequested);
        r.Throws("child", child.Cancel);
        r.Line(child.IsCancellationRequested);
    }
    public static void a_source_with_a_time_goes_before_it(Recorder r)
    {
        int called = 0;
        var source = new CancellationTokenSource(TimeSpan.FromMinutes(60));
        source.Token.Register(() => ++called);
        source.Dispose();
        r.Line(called);
    }
    public static void a_timer_goes_twice(Recorder r)
    {
        var time = new ManualTime();
        int fired = 0;
        var timer = time.CreateTimer(_ => ++fired, null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        timer.Dispose();
        timer.Dispose();
        time.Advance(TimeSpan.FromMilliseconds(2));
        r.Line(fired, time.Timers);
    }
    public static void a_timer_goes_inside_its_own_callback(Recorder r)
    {
        var time = new ManualTime();
        int fired = 0;
        ITimer timer = null;
        timer = time.CreateTimer(_ => { ++fired; timer.Dispose(); }, null, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        time.Advance(TimeSpan.FromMilliseconds(5));
        r.Line(fired, time.Timers);
    }
    public static async Task a_periodic_timer_goes_while_somebody_waits(Recorder r)
    {
        var timer = new PeriodicTimer(TimeSpan.FromMinutes(60));
        var tick = timer.WaitForNextTickAsync();
        r.Line(tick.IsCompleted);
        timer.Dispose();
        r.Line(await tick);
        r.Line(await timer.WaitForNextTickAsync());
        r.Throws("again", timer.Dispose);
    }
    public static async Task a_wait_for_a_periodic_timer_of_a_canceled_token_after_its_end(Recorder r)
    {
        var timer = new PeriodicTimer(TimeSpan.FromMinutes(60));
        timer.Dispose();
        await r.Awaits("tick", timer.WaitForNextTickAsync(new CancellationToken(true)));
    }
    public static async Task a_reader_outlives_the_channel_and_its_writer(Recorder r)
    {
        System.Threading.Channels.ChannelReader<int> Make()
        {
            var c = System.Threading.Channels.Channel.CreateUnbounded<int>();
            c.Writer.TryWrite(1);
            c.Writer.Complete();
            return c.Reader;
        }
        var reader = Make();
        r.Line(await reader.ReadAsync(), await reader.WaitToReadAsync());
    }
    public static async Task a_task_outlives_what_made_it(Recorder r)
    {
        Task<int> Make()
        {
            var gate = new SemaphoreSlim(0);
            async Task<int> Waits() { await gate.WaitAsync(); return 4; }
            var t = Waits();
            gate.Release();
            return t;
        }
        r.Line(await Make());
    }
    public static async Task a_generator_goes_while_it_has_not_begun(Recorder r)
    {
        async IAsyncEnumerable<int> Numbers()
        {
            try { yield return 1; await Task.Yield(); } finally { r.Line("left"); }
        }
        await using (var e = Numbers().GetAsyncEnumerator()) { }
        r.Line("end");
    }
    public static async Task a_generator_goes_twice(Recorder r)
    {
        async IAsyncEnumerable<int> Numbers()
        {
            try { yield return 1; await Task.Yield(); } finally { r.Line("left"); }
        }
        var e = Numbers().GetAsyncEnumerator();
        r.Line(await e.MoveNextAsync(), e.Current);
        await e.DisposeAsync();
        await e.DisposeAsync();
        r.Line("end");
    }
}

// LongRunning: a thread of its own for what computes or blocks for long.

static class long_running
{
    static Task<T> Start<T>(Func<T> f, CancellationToken stop = default) =>
        Task.Factory.StartNew(f, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static async Task gives_the_value(Recorder r) => await r.Awaits("value", Start(() => 42));
    public static async Task throws_what_the_function_throws(Recorder r)
    {
        var t = Start<int>(() => throw new TestError("boom"));
        await r.Awaits("await", t);
        r.State("task", t);
    }
    public static async Task unwraps_an_async_function(Recorder r) =>
        await r.Awaits("value", Start(async () => { await Task.Yield(); return 3; }).Unwrap());
    public static async Task a_requested_token_keeps_it_from_running(Recorder r)
    {
        bool ran = false;
        var t = Start(() => { ran = true; return 1; }, new CancellationToken(true));
        await r.Awaits("await", t);
        r.Line(ran);
        r.State("task", t);
    }
    public static async Task a_cancellation_of_its_own_token(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var t = Start<int>(() => { source.Cancel(); source.Token.ThrowIfCancellationRequested(); return 1; }, source.Token);
        await r.Awaits("await", t);
        r.State("task", t);
    }
    public static async Task there_is_no_context_inside(Recorder r)
    {
        using (new Current(new ManualContext()))
        {
            var t = Start(() => SynchronizationContext.Current == null);
            r.Line(t.GetAwaiter().GetResult());
        }
        await Task.CompletedTask;
    }
    public static async Task after_an_await_it_is_on_the_pool(Recorder r) =>
        await r.Awaits("place", Start(async () => { await Task.Delay(1); return Here.Label; }).Unwrap());
    public static async Task more_than_there_are_processors_block_at_once(Recorder r)
    {
        int many = Environment.ProcessorCount + 20;
        using var all = new CountdownEvent(many);
        var tasks = Enumerable.Range(0, many).Select(i => Start(() => { all.Signal(); all.Wait(); return 1; })).ToArray();
        r.Line((await Task.WhenAll(tasks)).Sum() == many);
    }
    public static async Task async_local_values_flow_into_it(Recorder r)
    {
        var local = new AsyncLocal<int> { Value = 5 };
        await r.Awaits("value", Start(() => { int seen = local.Value; local.Value = 6; return seen; }));
        r.Line(local.Value);
    }
    public static async Task work_that_it_starts_is_the_pools(Recorder r) =>
        await r.Awaits("place", Start(() => Task.Run(() => Here.Label)).Unwrap());
}

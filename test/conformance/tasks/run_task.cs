// Task.Run: what runs where, what is unwrapped, when the token counts.

static class run_task
{
    static string Place() => Here.Label;
    public static async Task runs_on_the_pool(Recorder r) => await r.Awaits("place", Task.Run(Place));
    public static async Task gives_the_value(Recorder r) => await r.Awaits("value", Task.Run(() => 42));
    public static async Task throws_what_the_function_throws(Recorder r)
    {
        var t = Task.Run((Action)(() => throw new TestError("boom")));
        await r.Awaits("await", t);
        r.State("task", t);
    }
    public static async Task unwraps_a_task(Recorder r) => await r.Awaits("value", Task.Run(() => Task.FromResult(42)));
    public static async Task unwraps_an_async_function(Recorder r) =>
        await r.Awaits("value", Task.Run(async () => { await Task.Yield(); return Here.Label; }));
    public static async Task unwraps_one_level_only(Recorder r)
    {
        var inner = await Task.Run(() => Task.FromResult(Task.FromResult(42)));
        r.Line(await inner);
    }
    public static async Task a_failure_of_the_inner_task(Recorder r)
    {
        var t = Task.Run(() => Task.FromException<int>(new TestError("boom")));
        await r.Awaits("await", t);
        r.Errors("errors", t);
    }
    public static async Task several_failures_of_the_inner_task(Recorder r)
    {
        var source = new TaskCompletionSource();
        source.SetException([new TestError("a"), new TestError("b")]);
        var t = Task.Run(() => source.Task);
        await r.Awaits("await", t);
        r.Errors("errors", t);
    }
    public static async Task a_cancellation_of_the_inner_task(Recorder r)
    {
        var t = Task.Run(() => Task.FromCanceled(new CancellationToken(true)));
        await r.Awaits("await", t);
        r.State("task", t);
    }
    public static async Task an_inner_task_faulted_with_a_cancellation(Recorder r)
    {
        var source = new TaskCompletionSource();
        source.SetException(new OperationCanceledException());
        var t = Task.Run(() => source.Task);
        await r.Awaits("await", t);
        r.State("task", t);
    }
    public static async Task a_requested_token_keeps_it_from_running(Recorder r)
    {
        bool ran = false;
        var t = Task.Run(() => { ran = true; }, new CancellationToken(true));
        await r.Awaits("await", t);
        r.Line(ran, t.Status);
    }
    public static async Task a_token_requested_while_it_runs_does_nothing_by_itself(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var t = Task.Run(() => { source.Cancel(); return 1; }, source.Token);
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static async Task a_cancellation_of_its_own_token(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var t = Task.Run(() => { source.Cancel(); source.Token.ThrowIfCancellationRequested(); }, source.Token);
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static async Task a_cancellation_of_another_token_out_of_a_plain_function(Recorder r)
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var t = Task.Run(() => source.Token.ThrowIfCancellationRequested());
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static async Task a_cancellation_without_a_token_out_of_a_plain_function(Recorder r)
    {
        var t = Task.Run((Action)(() => throw new OperationCanceledException()));
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static async Task a_cancellation_of_another_token_out_of_an_async_function(Recorder r)
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var t = Task.Run(async () => source.Token.ThrowIfCancellationRequested());
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static void there_is_no_context_inside(Recorder r)
    {
        using var here = new Current(new ManualContext());
        var t = Task.Run(() => SynchronizationContext.Current == null);
        r.Line(t.GetAwaiter().GetResult(), SynchronizationContext.Current != null);
    }
    public static void the_scheduler_inside_is_the_default(Recorder r) =>
        r.Line(Task.Run(() => TaskScheduler.Current == TaskScheduler.Default).GetAwaiter().GetResult());
    public static void nested(Recorder r) =>
        r.Line(Task.Run(() => Task.Run(() => Task.Run(() => 3).GetAwaiter().GetResult() + 1).GetAwaiter().GetResult() + 1).GetAwaiter().GetResult());
    public static async Task the_call_returns_before_it_ends(Recorder r)
    {
        var gate = new ManualResetEventSlim();
        var t = Task.Run(() => { gate.Wait(); return 1; });
        r.Line(t.IsCompleted);
        gate.Set();
        r.Line(await t);
    }
    public static async Task an_await_in_it_goes_on_on_the_pool(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var began = new TaskCompletionSource();
        var t = Task.Run(async () => { began.SetResult(); await gate.Task; return Here.Label; });
        await began.Task;
        _ = Task.Run(() => gate.SetResult());
        r.Line(await t);
    }
    public static async Task an_empty_task(Recorder r) => await r.Awaits("await", Task.Run(() => (Task)null));
    public static async Task many(Recorder r)
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => i * i)));
        r.Line(all.Sum());
    }
}

// What has run when a call returns, and what runs inside set_result.

static class hot_start
{
    static async Task Traced(Recorder r, string name, Task gate)
    {
        r.Line(name, "starts on", Here.Label);
        await gate;
        r.Line(name, "goes on");
    }

    public static void runs_to_the_first_suspension_inside_the_call(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var t = Traced(r, "a", gate.Task);
        r.Line("called");
        gate.SetResult();
        r.Line("set");
        t.Wait();
    }
    public static void runs_to_the_end_when_nothing_suspends(Recorder r)
    {
        var t = Traced(r, "a", Task.CompletedTask);
        r.Line("called", t.IsCompleted);
    }
    public static void several_start_in_the_order_of_the_calls(Recorder r)
    {
        var first = new TaskCompletionSource();
        var second = new TaskCompletionSource();
        var a = Traced(r, "a", first.Task);
        var b = Traced(r, "b", Task.CompletedTask);
        var c = Traced(r, "c", second.Task);
        r.Line("called", a.IsCompleted, b.IsCompleted, c.IsCompleted);
        second.SetResult();
        first.SetResult();
        Task.WaitAll(a, b, c);
    }
    static async Task Outer(Recorder r, Task gate)
    {
        r.Line("outer starts");
        await Traced(r, "inner", gate);
        r.Line("outer goes on");
    }
    public static void a_nested_call_starts_too(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var t = Outer(r, gate.Task);
        r.Line("called");
        gate.SetResult();
        r.Line("set", t.IsCompleted);
    }
    static async Task<int> Immediately(Recorder r) { r.Line("runs"); return 1; }
    public static void it_runs_though_nobody_awaits(Recorder r)
    {
        _ = Immediately(r);
        r.Line("called");
    }
    static async Task Throwing(Recorder r) { r.Line("runs"); throw new TestError("boom"); }
    public static void an_exception_before_the_first_suspension_does_not_come_out_of_the_call(Recorder r)
    {
        Task t = null;
        r.Throws("call", () => { t = Throwing(r); });
        r.Line("faulted", t.IsFaulted);
        r.Errors("errors", t);
    }
    static Task NotAsync(bool fail) => fail ? throw new TestError("boom") : Task.CompletedTask;
    public static void a_plain_function_that_throws_does(Recorder r) => r.Throws("call", () => NotAsync(true));
    public static void an_await_of_a_completed_task_does_not_suspend(Recorder r)
    {
        async Task Run()
        {
            r.Line("before", Here.Label);
            await Task.FromResult(1);
            r.Line("after", Here.Label);
        }
        var t = Run();
        r.Line("called", t.IsCompleted);
    }
    public static void a_yield_suspends(Recorder r)
    {
        var called = new TaskCompletionSource();
        async Task Run()
        {
            r.Line("before", Here.Label);
            await Task.Yield();
            await called.Task;
            r.Line("after");
        }
        var t = Run();
        r.Line("called");
        called.SetResult();
        t.Wait();
    }
    public static void the_awaiter_runs_inside_set_result(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task Run() { await gate.Task; r.Line("goes on"); }
        var t = Run();
        r.Line("set begins");
        gate.SetResult();
        r.Line("set ends", t.IsCompleted);
    }
    public static void also_inside_set_exception_and_set_canceled(Recorder r)
    {
        async Task Run(Task gate) { try { await gate; } catch (Exception e) { r.Line("caught", e); } }
        var a = new TaskCompletionSource();
        var b = new TaskCompletionSource();
        var ta = Run(a.Task);
        var tb = Run(b.Task);
        a.SetException(new TestError("boom"));
        r.Line("set", ta.IsCompleted);
        b.SetCanceled();
        r.Line("set", tb.IsCompleted);
    }
    public static void but_not_when_continuations_run_asynchronously(Recorder r)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task<string> Run() { await gate.Task; return Here.Label; }
        var t = Run();
        gate.SetResult();
        r.Line(t.GetAwaiter().GetResult());
    }
    public static void the_thread_that_completes_goes_on_with_the_awaiter(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task Run() { r.Line(Here.Label); await gate.Task; r.Line(Here.Label); }
        var t = Run();
        Here.On("setter", () => gate.SetResult());
        r.Line(t.IsCompleted);
    }
    public static void a_chain_resumes_from_the_inside_out(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task Level(int n)
        {
            if (n == 0) await gate.Task;
            else await Level(n - 1);
            r.Line("level", n);
        }
        var t = Level(4);
        gate.SetResult();
        r.Line("done", t.IsCompleted);
    }
    public static void how_many_of_several_awaiters_run_inline(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task<string> Run() { await gate.Task; return Here.Label; }
        var tasks = Enumerable.Range(0, 3).Select(_ => Run()).ToArray();
        Here.On("setter", () => gate.SetResult());
        r.Line(Task.WhenAll(tasks).GetAwaiter().GetResult());
    }
    public static void a_task_may_be_awaited_many_times_and_after_its_end(Recorder r)
    {
        var gate = new TaskCompletionSource<int>();
        async Task<int> Twice() => await gate.Task + await gate.Task;
        var t = Twice();
        gate.SetResult(4);
        r.Line(t.GetAwaiter().GetResult(), Twice().GetAwaiter().GetResult());
    }
}

// Contexts as code lives in them: what is captured when, what is posted.

static class contexts
{
    static string In(SynchronizationContext a) => SynchronizationContext.Current == a ? "in a" : SynchronizationContext.Current == null ? "in none" : "in another";

    public static void a_loop_gets_its_code_back(Recorder r)
    {
        var loop = new LoopContext();
        Here.On("loop", () => loop.Run(async () =>
        {
            r.Line(Here.Label);
            await Task.Run(() => r.Line(Here.Label));
            r.Line(Here.Label, In(loop));
        }));
    }
    public static void anywhere_is_off_the_loop(Recorder r)
    {
        var loop = new LoopContext();
        Here.On("loop", () => loop.Run(async () =>
        {
            var gate = new TaskCompletionSource();
            var t = Task.Run(async () => { await gate.Task; });
            async Task Inside() { await t.ConfigureAwait(false); r.Line(Here.Label, In(loop)); }
            var inside = Inside();
            gate.SetResult();
            await inside;
            r.Line(Here.Label, In(loop));
        }));
    }
    public static void a_callee_that_goes_on_anywhere_leaves_its_caller_in_place(Recorder r)
    {
        var loop = new LoopContext();
        Here.On("loop", () => loop.Run(async () =>
        {
            async Task<int> Callee() { await Task.Delay(1).ConfigureAwait(false); return 1; }
            await Callee();
            r.Line(Here.Label, In(loop));
        }));
    }
    public static void after_going_on_anywhere_there_is_no_context_left(Recorder r)
    {
        var a = new ManualContext();
        var first = new TaskCompletionSource();
        var second = new TaskCompletionSource();
        async Task Run()
        {
            await first.Task.ConfigureAwait(false);
            r.Line(In(a));
            await second.Task;
            r.Line(In(a), Here.Label);
        }
        Task t;
        using (new Current(a)) t = Run();
        Here.On("first", () => first.SetResult());
        Here.On("second", () => second.SetResult());
        r.Line("posts", a.Posts, t.IsCompleted);
    }
    public static void anywhere_with_a_completed_task_stays(Recorder r)
    {
        var a = new ManualContext();
        using (new Current(a))
        {
            async Task Run() { await Task.CompletedTask.ConfigureAwait(false); r.Line(In(a)); }
            var t = Run();
            r.Line(t.IsCompleted);
        }
    }
    public static void captured_at_the_await_and_not_at_the_call(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        async Task Run()
        {
            SynchronizationContext.SetSynchronizationContext(a);
            await gate.Task;
            r.Line(In(a));
        }
        var t = Run();
        r.Line("after the call", SynchronizationContext.Current == null);
        gate.SetResult();
        r.Line("posts", a.Posts);
        a.RunUntil(t);
    }
    public static void each_await_posts_once(Recorder r)
    {
        var a = new ManualContext();
        var gates = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource()).ToArray();
        async Task Run() { foreach (var g in gates) await g.Task; }
        Task t;
        using (new Current(a)) t = Run();
        foreach (var g in gates)
        {
            g.SetResult();
            r.Line("posts", a.Posts);
            a.RunOne();
        }
        r.Line(t.IsCompleted);
    }
    public static void completed_from_inside_the_context_goes_on_inline(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        async Task Waits() { await gate.Task; r.Line("goes on"); }
        Task t;
        using (new Current(a)) t = Waits();
        a.Post(_ => { r.Line("set begins"); gate.SetResult(); r.Line("set ends"); }, null);
        a.RunOne();
        r.Line(t.IsCompleted, a.Posts);
    }
    public static void asynchronous_continuations_are_posted_even_from_inside(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task Waits() { await gate.Task; r.Line("goes on"); }
        Task t;
        using (new Current(a)) t = Waits();
        a.Post(_ => { r.Line("set begins"); gate.SetResult(); r.Line("set ends"); }, null);
        a.RunOne();
        a.RunUntil(t);
    }
    public static void several_awaiters_in_several_contexts(Recorder r)
    {
        var a = new ManualContext();
        var b = new ManualContext();
        var gate = new TaskCompletionSource();
        async Task Waits() => await gate.Task;
        Task ta, tb;
        using (new Current(a)) ta = Waits();
        using (new Current(b)) tb = Waits();
        gate.SetResult();
        r.Line("posts", a.Posts, b.Posts, ta.IsCompleted, tb.IsCompleted);
        a.RunOne();
        b.RunOne();
        r.Line(ta.IsCompleted, tb.IsCompleted);
    }
    public static void a_yield_is_a_post(Recorder r)
    {
        var a = new ManualContext();
        async Task Run() { await Task.Yield(); r.Line(In(a)); }
        Task t;
        using (new Current(a)) t = Run();
        r.Line("posts", a.Posts, t.IsCompleted);
        a.RunOne();
        r.Line(t.IsCompleted);
    }
    public static void a_when_all_is_one_post(Recorder r)
    {
        var a = new ManualContext();
        var x = new TaskCompletionSource();
        var y = new TaskCompletionSource();
        async Task Run() { await Task.WhenAll(x.Task, y.Task); r.Line(In(a)); }
        Task t;
        using (new Current(a)) t = Run();
        x.SetResult();
        r.Line("posts", a.Posts);
        y.SetResult();
        r.Line("posts", a.Posts);
        a.RunUntil(t);
    }
    public static void a_nested_call_posts_for_itself_only(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        async Task Inner() { await gate.Task; r.Line("inner"); }
        async Task Outer() { await Inner(); r.Line("outer"); }
        Task t;
        using (new Current(a)) t = Outer();
        gate.SetResult();
        a.RunOne();
        r.Line("posts", a.Posts, t.IsCompleted);
    }
    public static void an_exception_arrives_in_the_context(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        async Task Run()
        {
            try { await gate.Task; }
            catch (TestError e) { r.Line("caught", e, In(a)); }
        }
        Task t;
        using (new Current(a)) t = Run();
        gate.SetException(new TestError("boom"));
        a.RunUntil(t);
    }
    public static void a_value_task_goes_on_there_too(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        async ValueTask<int> Inner() { await gate.Task; return 3; }
        async Task Run() { r.Line(await Inner(), In(a)); }
        Task t;
        using (new Current(a)) t = Run();
        gate.SetResult();
        a.RunUntil(t);
    }
    public static void run_from_a_context_comes_back_to_it(Recorder r)
    {
        var a = new ManualContext();
        async Task Run()
        {
            var place = await Task.Run(() => Here.Label + " " + In(a));
            r.Line(place, In(a));
        }
        Task t;
        using (new Current(a)) t = Run();
        a.RunUntil(t);
    }
    public static void a_delay_comes_back_to_it(Recorder r)
    {
        var a = new ManualContext();
        async Task Run() { await Task.Delay(1); r.Line(In(a), Here.Label); }
        Task t;
        using (new Current(a)) t = Run();
        a.RunUntil(t);
    }
    public static void suppressing_gives_no_exception(Recorder r)
    {
        async Task<string> Run(Task t) { await t.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); return t.Status.ToString() == "Faulted" ? "faulted" : "canceled"; }
        r.Line(Run(Task.FromException(new TestError("boom"))).Result, Run(Task.FromCanceled(new CancellationToken(true))).Result);
    }
    public static void suppressing_with_a_value_is_refused(Recorder r) =>
        r.Throws("configure", () => Task.FromResult(1).ConfigureAwait((ConfigureAwaitOptions)(int)ConfigureAwaitOptions.SuppressThrowing));
    public static void suppressing_counts_as_observing(Recorder r) =>
        r.Line(Unobserved.Of(() =>
        {
            async Task Run() => await Task.FromException(new TestError("boom")).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Run().Wait();
        }));
    public static void forced_yielding_of_a_failed_task_throws(Recorder r)
    {
        async Task Run() => await Task.FromException(new TestError("boom")).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        r.Throws("await", () => Run().GetAwaiter().GetResult());
    }
    public static void send_runs_in_place_for_the_loop_itself(Recorder r)
    {
        var loop = new LoopContext();
        Here.On("loop", () => loop.Run(async () =>
        {
            bool ran = false;
            SynchronizationContext.Current.Send(_ => ran = true, null);
            r.Line(ran);
        }));
    }
    public static void posted_work_runs_in_order_and_after_what_runs_now(Recorder r)
    {
        var loop = new LoopContext();
        Here.On("loop", () => loop.Run(async () =>
        {
            var done = new TaskCompletionSource();
            loop.Post(_ => r.Line("one"), null);
            loop.Post(_ => { r.Line("two"); done.SetResult(); }, null);
            r.Line("posted");
            await done.Task;
        }));
    }
    public static void a_scope_gives_the_former_context_back(Recorder r)
    {
        var a = new ManualContext();
        using (new Current(a))
        {
            using (new Current(null)) r.Line(In(a));
            r.Line(In(a));
        }
        r.Line(In(a));
    }
    public static void a_call_leaves_the_context_of_its_caller_alone(Recorder r)
    {
        var a = new ManualContext();
        async Task Changes() { SynchronizationContext.SetSynchronizationContext(a); }
        Changes().Wait();
        r.Line(In(a));
    }
}

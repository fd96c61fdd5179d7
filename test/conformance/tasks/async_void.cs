// async void: for event handlers; what its context hears.

static class async_void
{
    static async void Handler(Recorder r, Task gate, Exception failure)
    {
        r.Line("starts");
        await gate;
        r.Line("goes on");
        if (failure != null) throw failure;
    }

    public static void runs_to_its_first_suspension(Recorder r)
    {
        var gate = new TaskCompletionSource();
        Handler(r, gate.Task, null);
        r.Line("called");
        gate.SetResult();
    }
    public static void its_context_hears_of_start_and_end(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        using (new Current(a)) Handler(r, gate.Task, null);
        r.Line(a.Started, a.Completed);
        gate.SetResult();
        a.RunOne();
        r.Line(a.Started, a.Completed);
    }
    public static void also_when_it_never_suspends(Recorder r)
    {
        var a = new ManualContext();
        using (new Current(a)) Handler(r, Task.CompletedTask, null);
        r.Line(a.Started, a.Completed, a.Posts);
    }
    public static void an_exception_is_posted_to_the_context(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        using (new Current(a)) Handler(r, gate.Task, new TestError("boom"));
        gate.SetResult();
        r.Line("posts", a.Posts);
        r.Throws("continuation", () => a.RunOne());
        r.Line("posts", a.Posts, "completed", a.Completed);
        r.Throws("exception", () => a.RunOne());
    }
    public static void an_exception_before_the_first_suspension_is_posted_too(Recorder r)
    {
        var a = new ManualContext();
        using (new Current(a)) r.Throws("call", () => Handler(r, Task.CompletedTask, new TestError("boom")));
        r.Line("posts", a.Posts);
        r.Throws("exception", () => a.RunOne());
    }
    public static void a_cancellation_is_posted_like_any_exception(Recorder r)
    {
        var a = new ManualContext();
        using (new Current(a)) Handler(r, Task.CompletedTask, new OperationCanceledException());
        r.Throws("exception", () => a.RunOne());
    }
    public static void the_context_of_the_call_gets_it_wherever_it_ends(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        async void Anywhere() { await gate.Task.ConfigureAwait(false); r.Line(Here.Label); throw new TestError("boom"); }
        using (new Current(a)) Anywhere();
        Here.On("setter", () => gate.SetResult());
        r.Line("posts", a.Posts);
        r.Throws("exception", () => a.RunOne());
    }
    public static void without_a_context_its_end_is_heard_by_nobody(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var done = new TaskCompletionSource();
        async void Run() { await gate.Task; done.SetResult(); }
        Run();
        gate.SetResult();
        r.Line(done.Task.IsCompleted);
    }
    public static void two_handlers_at_once(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        using (new Current(a)) { Handler(r, gate.Task, null); Handler(r, gate.Task, null); }
        r.Line(a.Started, a.Completed);
        gate.SetResult();
        a.RunOne();
        a.RunOne();
        r.Line(a.Started, a.Completed);
    }
    public static void a_loop_ends_with_what_a_handler_threw(Recorder r)
    {
        var loop = new LoopContext();
        var never = new TaskCompletionSource();
        r.Throws("run", () => loop.Run(() =>
        {
            Handler(r, Task.CompletedTask, new TestError("boom"));
            r.Line("called");
            return never.Task;
        }));
    }
    public static void errors_are_posted_in_the_order_of_their_throwing(Recorder r)
    {
        var a = new ManualContext();
        using (new Current(a))
        {
            Handler(r, Task.CompletedTask, new TestError("one"));
            Handler(r, Task.CompletedTask, new TestError("two"));
        }
        r.Throws("first", () => a.RunOne());
        r.Throws("second", () => a.RunOne());
        r.Line(a.Started, a.Completed);
    }
    public static void the_context_of_the_call_gets_it_though_the_handler_set_another(Recorder r)
    {
        var a = new ManualContext();
        var b = new ManualContext();
        async void Sets() { using (new Current(b)) { await Task.CompletedTask; throw new TestError("boom"); } }
        using (new Current(a)) Sets();
        r.Line(a.Posts, b.Posts, a.Completed, b.Completed);
        r.Throws("exception", () => a.RunOne());
    }
    public static void a_task_inside_is_of_its_own(Recorder r)
    {
        var a = new ManualContext();
        Task inner = null;
        async Task Fails() { await Task.CompletedTask; throw new TestError("inner"); }
        async void Keeps() { inner = Fails(); await Task.CompletedTask; }
        using (new Current(a)) Keeps();
        r.Line(a.Posts, a.Completed, inner.IsFaulted);
        r.Errors("errors", inner);
    }
    public static void what_a_handler_catches_is_not_posted(Recorder r)
    {
        var a = new ManualContext();
        async void Catches()
        {
            try { await Task.FromException(new TestError("boom")); }
            catch (TestError e) { r.Line(e); }
        }
        using (new Current(a)) Catches();
        r.Line(a.Posts, a.Completed);
    }
    public static void without_a_context_it_goes_on_where_it_was_completed(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var done = new TaskCompletionSource();
        async void Run() { r.Line(Here.Label); await gate.Task; r.Line(Here.Label); done.SetResult(); }
        Run();
        Here.On("setter", () => gate.SetResult());
        done.Task.Wait();
    }
    public static void a_local_flows_in_and_not_out(Recorder r)
    {
        var local = new AsyncLocal<int> { Value = 1 };
        var gate = new TaskCompletionSource();
        async void Changes() { r.Line(local.Value); local.Value = 2; await gate.Task; r.Line(local.Value); }
        Changes();
        r.Line(local.Value);
        local.Value = 3;
        gate.SetResult();
        r.Line(local.Value);
    }
}

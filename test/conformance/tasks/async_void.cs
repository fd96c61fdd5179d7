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
}

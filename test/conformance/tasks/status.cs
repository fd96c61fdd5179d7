// The life of a task: which states there are, and when each holds.

static class status
{
    public static void completed_task(Recorder r) => r.State("task", Task.CompletedTask);
    public static void from_result(Recorder r)
    {
        var t = Task.FromResult(42);
        r.State("task", t);
        r.Line("result", t.Result);
    }
    public static void from_exception(Recorder r)
    {
        var t = Task.FromException(new TestError("boom"));
        r.State("task", t);
        r.Errors("errors", t);
    }
    public static void from_canceled(Recorder r)
    {
        var t = Task.FromCanceled(new CancellationToken(true));
        r.State("task", t);
        r.Errors("errors", t);
    }
    public static void from_canceled_needs_a_requested_token(Recorder r)
    {
        using var source = new CancellationTokenSource();
        r.Throws("not requested", () => Task.FromCanceled(source.Token));
        r.Throws("none", () => Task.FromCanceled(default));
    }
    public static void source_before_and_after_its_result(Recorder r)
    {
        var source = new TaskCompletionSource<int>();
        r.State("before", source.Task);
        source.SetResult(1);
        r.State("after", source.Task);
    }
    public static void source_with_an_exception(Recorder r)
    {
        var source = new TaskCompletionSource<int>();
        source.SetException(new TestError("boom"));
        r.State("task", source.Task);
        r.Errors("errors", source.Task);
    }
    public static void source_canceled(Recorder r)
    {
        var source = new TaskCompletionSource<int>();
        source.SetCanceled();
        r.State("task", source.Task);
        r.Errors("errors", source.Task);
    }
}

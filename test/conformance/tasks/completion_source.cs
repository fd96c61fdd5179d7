// A task that ordinary code completes.

static class completion_source
{
    public static void the_second_completion_throws(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        s.SetResult(1);
        r.Throws("result", () => s.SetResult(2));
        r.Throws("exception", () => s.SetException(new TestError("boom")));
        r.Throws("canceled", () => s.SetCanceled());
        r.Line(s.Task.Result);
    }
    public static void the_second_try_gives_false(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        r.Line(s.TrySetResult(1), s.TrySetResult(2), s.TrySetException(new TestError("boom")), s.TrySetCanceled());
        r.Line(s.Task.Status, s.Task.Result);
    }
    public static void after_an_exception(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        r.Line(s.TrySetException(new TestError("first")), s.TrySetResult(1), s.TrySetException(new TestError("second")), s.TrySetCanceled());
        r.Throws("result", () => s.SetResult(1));
        r.Errors("errors", s.Task);
    }
    public static void after_a_cancellation(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        r.Line(s.TrySetCanceled(), s.TrySetResult(1), s.TrySetException(new TestError("second")), s.TrySetCanceled());
        r.Throws("canceled", () => s.SetCanceled());
        r.Line(s.Task.Status);
    }
    public static void its_task_is_always_the_same(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        var a = s.Task;
        s.SetResult(7);
        var b = s.Task;
        r.Line(a.Result, b.Result);
    }
    public static async Task canceled_with_a_token(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var s = new TaskCompletionSource();
        s.SetCanceled(source.Token);
        r.Line(s.Task.Status);
        try { await s.Task; }
        catch (OperationCanceledException e) { r.Line(e.CancellationToken == source.Token, e.CancellationToken.IsCancellationRequested); }
    }
    public static async Task canceled_without_a_token(Recorder r)
    {
        var s = new TaskCompletionSource();
        s.SetCanceled();
        try { await s.Task; }
        catch (OperationCanceledException e) { r.Line(e.CancellationToken.CanBeCanceled); }
    }
    public static async Task several_exceptions(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        s.SetException([new TestError("a"), new TestError("b")]);
        r.Errors("errors", s.Task);
        await r.Awaits("await", s.Task);
    }
    public static void a_try_with_several_exceptions(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        r.Line(s.TrySetException([new TestError("a"), new TestError("b")]), s.TrySetException([new TestError("c")]));
        r.Errors("errors", s.Task);
    }
    public static async Task a_cancellation_as_an_exception(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        s.SetException(new OperationCanceledException());
        r.Line(s.Task.Status);
        await r.Awaits("await", s.Task);
    }
    public static async Task an_awaiter_of_such_a_task_ends_canceled(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        s.SetException(new OperationCanceledException());
        async Task Waits() => await s.Task;
        r.Line(Waits().Status);
    }
    public static void who_wins_a_race(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        int won = 0;
        Parallel.For(0, 16, i => { if (s.TrySetResult(i)) Interlocked.Increment(ref won); });
        r.Line(won, s.Task.IsCompletedSuccessfully);
    }
    public static void completed_before_anybody_asked(Recorder r)
    {
        var s = new TaskCompletionSource<string>();
        s.SetResult("early");
        r.Line(s.Task.IsCompleted, s.Task.Result);
    }
    public static void inline_by_default_on_the_pool_by_option(Recorder r)
    {
        async Task<string> Where(Task gate) { await gate; return Here.Label; }
        var inline = new TaskCompletionSource();
        var pooled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var a = Where(inline.Task);
        var b = Where(pooled.Task);
        Here.On("setter", () => { inline.SetResult(); pooled.SetResult(); });
        r.Line(a.GetAwaiter().GetResult(), b.GetAwaiter().GetResult());
    }
    public static void the_option_holds_for_exceptions_and_cancellation(Recorder r)
    {
        async Task<string> Where(Task gate) { try { await gate; } catch (Exception) { } return Here.Label; }
        var a = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var b = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ta = Where(a.Task);
        var tb = Where(b.Task);
        Here.On("setter", () => { a.SetException(new TestError("boom")); b.SetCanceled(); });
        r.Line(ta.GetAwaiter().GetResult(), tb.GetAwaiter().GetResult());
    }
    public static void set_inside_an_awaiter_of_another(Recorder r)
    {
        var a = new TaskCompletionSource();
        var b = new TaskCompletionSource();
        async Task First() { await a.Task; r.Line("first"); b.SetResult(); r.Line("first ends"); }
        async Task Second() { await b.Task; r.Line("second"); }
        var t1 = First();
        var t2 = Second();
        a.SetResult();
        r.Line(t1.IsCompleted, t2.IsCompleted);
    }
}

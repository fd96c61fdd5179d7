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

    static async Task Returns() { }
    static async Task Suspends(Task gate) => await gate;
    static async Task Throws(Exception e) { await Task.CompletedTask; throw e; }
    static async Task ThrowsAfter(Task gate, Exception e) { await gate; throw e; }

    public static void async_function_that_never_suspends(Recorder r) => r.State("task", Returns());
    public static void async_function_that_is_suspended_and_ends(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var t = Suspends(gate.Task);
        r.State("suspended", t);
        gate.SetResult();
        r.State("ended", t);
    }
    public static void async_function_that_throws_before_its_first_suspension(Recorder r)
    {
        var t = Throws(new TestError("boom"));
        r.State("task", t);
        r.Errors("errors", t);
    }
    public static void async_function_that_throws_later(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var t = ThrowsAfter(gate.Task, new TestError("boom"));
        r.State("before", t);
        gate.SetResult();
        r.State("after", t);
        r.Errors("errors", t);
    }
    public static void async_function_that_lets_a_cancellation_escape(Recorder r)
    {
        var t = Throws(new OperationCanceledException());
        r.State("task", t);
        r.Errors("errors", t);
    }
    public static void async_function_that_lets_a_cancellation_with_a_foreign_token_escape(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var t = Throws(new OperationCanceledException(source.Token));
        r.State("task", t);
    }
    public static void async_function_that_awaits_a_canceled_task(Recorder r)
    {
        var t = Suspends(Task.FromCanceled(new CancellationToken(true)));
        r.State("task", t);
    }
    public static void async_function_that_awaits_a_task_canceled_later(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var t = Suspends(gate.Task);
        gate.SetCanceled();
        r.State("task", t);
    }
    public static void a_cancellation_set_as_an_exception_is_a_fault(Recorder r)
    {
        var source = new TaskCompletionSource();
        source.SetException(new OperationCanceledException());
        r.State("task", source.Task);
        r.Errors("errors", source.Task);
    }
    public static void work_in_a_scheduler(Recorder r)
    {
        var scheduler = new ManualScheduler();
        Task t = null;
        t = Task.Factory.StartNew(() => r.State("inside", t), default, TaskCreationOptions.None, scheduler);
        r.State("queued", t);
        scheduler.RunOne();
        r.State("ended", t);
    }
    public static void work_in_a_scheduler_that_throws(Recorder r)
    {
        var scheduler = new ManualScheduler();
        var t = Task.Factory.StartNew(() => throw new TestError("boom"), default, TaskCreationOptions.None, scheduler);
        scheduler.RunOne();
        r.State("task", t);
        r.Errors("errors", t);
    }
    public static void work_in_a_scheduler_that_gives_a_task(Recorder r)
    {
        var scheduler = new ManualScheduler();
        var gate = new TaskCompletionSource();
        var t = Task.Factory.StartNew(() => gate.Task, default, TaskCreationOptions.None, scheduler).Unwrap();
        r.State("queued", t);
        scheduler.RunOne();
        r.State("inner is suspended", t);
        gate.SetResult();
        t.Wait();
        r.State("ended", t);
    }
    public static void a_delay(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var t = Task.Delay(Timeout.Infinite, source.Token);
        r.State("waiting", t);
        source.Cancel();
        r.State("canceled", t);
        r.State("of nothing", Task.Delay(0));
    }
    public static void of_several(Recorder r)
    {
        var a = new TaskCompletionSource();
        var b = new TaskCompletionSource();
        var all = Task.WhenAll(a.Task, b.Task);
        var any = Task.WhenAny(a.Task, b.Task);
        r.State("all", all);
        r.State("any", any);
        a.SetException(new TestError("a"));
        r.State("all", all);
        r.State("any", any);
        b.SetResult();
        r.State("all", all);
        r.Errors("errors", all);
    }
    public static void statuses_have_an_order(Recorder r)
    {
        r.Line((int)TaskStatus.Created < (int)TaskStatus.WaitingForActivation, (int)TaskStatus.WaitingToRun < (int)TaskStatus.Running,
               (int)TaskStatus.Running < (int)TaskStatus.RanToCompletion, (int)TaskStatus.RanToCompletion < (int)TaskStatus.Canceled,
               (int)TaskStatus.Canceled < (int)TaskStatus.Faulted);
    }
}

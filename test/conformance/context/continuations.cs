// ContinueWith: which continuations run, where, and what becomes of those that do not.

static class continuations
{
    static void End(TaskCompletionSource s, string how)
    {
        if (how == "succeeded") s.SetResult();
        else if (how == "faulted") s.SetException(new TestError("boom"));
        else s.SetCanceled();
    }
    static void Combine(Recorder r, TaskContinuationOptions options, string how)
    {
        var s = new TaskCompletionSource();
        bool ran = false;
        var t = s.Task.ContinueWith(a => { ran = true; _ = a.Exception; return 5; }, options);
        r.Line(t.IsCompleted);
        End(s, how);
        try { t.Wait(); } catch (Exception) { }
        _ = s.Task.Exception;
        r.Line("ran", ran, t.Status);
    }
    public static void always_when_succeeded(Recorder r) => Combine(r, TaskContinuationOptions.None, "succeeded");
    public static void always_when_faulted(Recorder r) => Combine(r, TaskContinuationOptions.None, "faulted");
    public static void always_when_canceled(Recorder r) => Combine(r, TaskContinuationOptions.None, "canceled");
    public static void only_on_ran_to_completion_when_succeeded(Recorder r) => Combine(r, TaskContinuationOptions.OnlyOnRanToCompletion, "succeeded");
    public static void only_on_ran_to_completion_when_faulted(Recorder r) => Combine(r, TaskContinuationOptions.OnlyOnRanToCompletion, "faulted");
    public static void only_on_ran_to_completion_when_canceled(Recorder r) => Combine(r, TaskContinuationOptions.OnlyOnRanToCompletion, "canceled");
    public static void only_on_faulted_when_succeeded(Recorder r) => Combine(r, TaskContinuationOptions.OnlyOnFaulted, "succeeded");
    public static void only_on_faulted_when_faulted(Recorder r) => Combine(r, TaskContinuationOptions.OnlyOnFaulted, "faulted");
    public static void only_on_faulted_when_canceled(Recorder r) => Combine(r, TaskContinuationOptions.OnlyOnFaulted, "canceled");
    public static void only_on_canceled_when_succeeded(Recorder r) => Combine(r, TaskContinuationOptions.OnlyOnCanceled, "succeeded");
    public static void only_on_canceled_when_faulted(Recorder r) => Combine(r, TaskContinuationOptions.OnlyOnCanceled, "faulted");
    public static void only_on_canceled_when_canceled(Recorder r) => Combine(r, TaskContinuationOptions.OnlyOnCanceled, "canceled");
    public static void not_on_ran_to_completion_when_succeeded(Recorder r) => Combine(r, TaskContinuationOptions.NotOnRanToCompletion, "succeeded");
    public static void not_on_ran_to_completion_when_faulted(Recorder r) => Combine(r, TaskContinuationOptions.NotOnRanToCompletion, "faulted");
    public static void not_on_ran_to_completion_when_canceled(Recorder r) => Combine(r, TaskContinuationOptions.NotOnRanToCompletion, "canceled");
    public static void not_on_faulted_when_succeeded(Recorder r) => Combine(r, TaskContinuationOptions.NotOnFaulted, "succeeded");
    public static void not_on_faulted_when_faulted(Recorder r) => Combine(r, TaskContinuationOptions.NotOnFaulted, "faulted");
    public static void not_on_faulted_when_canceled(Recorder r) => Combine(r, TaskContinuationOptions.NotOnFaulted, "canceled");
    public static void not_on_canceled_when_succeeded(Recorder r) => Combine(r, TaskContinuationOptions.NotOnCanceled, "succeeded");
    public static void not_on_canceled_when_faulted(Recorder r) => Combine(r, TaskContinuationOptions.NotOnCanceled, "faulted");
    public static void not_on_canceled_when_canceled(Recorder r) => Combine(r, TaskContinuationOptions.NotOnCanceled, "canceled");

    public static void it_sees_its_antecedent(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        var t = s.Task.ContinueWith(a => a.Result + 1);
        s.SetResult(4);
        r.Line(t.Result);
    }
    public static void runs_on_the_pool(Recorder r)
    {
        var s = new TaskCompletionSource();
        var t = s.Task.ContinueWith(_ => Here.Label);
        Here.On("setter", () => s.SetResult());
        r.Line(t.Result);
    }
    public static void runs_inside_set_result_when_synchronous(Recorder r)
    {
        var s = new TaskCompletionSource();
        var t = s.Task.ContinueWith(_ => Here.Label, TaskContinuationOptions.ExecuteSynchronously);
        Here.On("setter", () => s.SetResult());
        r.Line(t.Result);
    }
    public static void of_a_completed_task_it_runs_on_the_pool(Recorder r) =>
        r.Line(Task.CompletedTask.ContinueWith(_ => Here.Label).Result);
    public static void of_a_completed_task_it_runs_at_once_when_synchronous(Recorder r)
    {
        var t = Task.CompletedTask.ContinueWith(_ => Here.Label, TaskContinuationOptions.ExecuteSynchronously);
        r.Line(t.IsCompleted, t.Result);
    }
    public static void asynchronous_completion_beats_synchronous_execution(Recorder r)
    {
        var s = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var t = s.Task.ContinueWith(_ => Here.Label, TaskContinuationOptions.ExecuteSynchronously);
        Here.On("setter", () => s.SetResult());
        r.Line(t.Result);
    }
    public static void it_captures_no_context(Recorder r)
    {
        var a = new ManualContext();
        var s = new TaskCompletionSource();
        Task<string> t;
        using (new Current(a)) t = s.Task.ContinueWith(_ => Here.Label);
        s.SetResult();
        r.Line(t.Result, a.Posts);
    }
    public static void in_a_scheduler(Recorder r)
    {
        var scheduler = new ManualScheduler();
        var s = new TaskCompletionSource();
        var t = s.Task.ContinueWith(_ => Here.Label, scheduler);
        s.SetResult();
        r.Line(t.IsCompleted, scheduler.Queued);
        scheduler.RunOne();
        r.Line(t.Result);
    }
    public static void what_it_throws(Recorder r)
    {
        var t = Task.CompletedTask.ContinueWith(_ => { throw new TestError("continuation"); }, TaskContinuationOptions.ExecuteSynchronously);
        r.State("task", t);
        r.Errors("errors", t);
    }
    public static void a_failure_of_the_antecedent_is_not_its_own(Recorder r)
    {
        var t = Task.FromException(new TestError("antecedent")).ContinueWith(a => a.IsFaulted, TaskContinuationOptions.ExecuteSynchronously);
        r.Line(t.Status, t.Result);
    }
    public static void reading_the_result_of_a_failed_antecedent(Recorder r)
    {
        var t = Task.FromException<int>(new TestError("antecedent")).ContinueWith(a => a.GetAwaiter().GetResult(), TaskContinuationOptions.ExecuteSynchronously);
        r.Errors("errors", t);
    }
    public static void a_task_that_it_gives_is_not_unwrapped(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        var t = Task.CompletedTask.ContinueWith(_ => s.Task, TaskContinuationOptions.ExecuteSynchronously);
        r.Line(t.IsCompleted);
        s.SetResult(3);
        r.Line(t.Result.Result);
    }
    public static void a_requested_token(Recorder r)
    {
        bool ran = false;
        var t = Task.CompletedTask.ContinueWith(_ => { ran = true; }, new CancellationToken(true));
        try { t.Wait(); } catch (Exception) { }
        r.Line(ran, t.Status);
    }
    public static void a_token_requested_before_the_antecedent_ends(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var s = new TaskCompletionSource();
        bool ran = false;
        var t = s.Task.ContinueWith(_ => { ran = true; }, source.Token);
        source.Cancel();
        try { t.Wait(); } catch (Exception) { }
        r.Line(ran, t.Status, s.Task.IsCompleted);
    }
    public static void a_chain(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        var t = s.Task.ContinueWith(a => a.Result + 1).ContinueWith(a => a.Result * 10).ContinueWith(a => a.Result - 5);
        s.SetResult(1);
        r.Line(t.Result);
    }
    public static void a_chain_that_skips_over_a_failure(Recorder r)
    {
        var s = new TaskCompletionSource();
        var ok = s.Task.ContinueWith(_ => 1, TaskContinuationOptions.OnlyOnRanToCompletion);
        var bad = ok.ContinueWith(a => a.Status, TaskContinuationOptions.OnlyOnCanceled);
        s.SetException(new TestError("boom"));
        r.Line(bad.Result);
        _ = s.Task.Exception;
    }
    public static void options_that_contradict_each_other(Recorder r) =>
        r.Throws("call", () => Task.CompletedTask.ContinueWith(_ => { },
            TaskContinuationOptions.NotOnRanToCompletion | TaskContinuationOptions.NotOnFaulted | TaskContinuationOptions.NotOnCanceled));
    public static void a_cancellation_that_it_throws(Recorder r)
    {
        var t = Task.CompletedTask.ContinueWith(_ => { throw new OperationCanceledException(); }, TaskContinuationOptions.ExecuteSynchronously);
        r.Line(t.Status);
    }
    public static void an_exception_that_nobody_took_stays_so(Recorder r) =>
        r.Line(Unobserved.Of(() => { Task.FromException(new TestError("boom")).ContinueWith(a => a.IsFaulted, TaskContinuationOptions.ExecuteSynchronously).Wait(); }));
    public static void an_exception_that_it_looked_at(Recorder r) =>
        r.Line(Unobserved.Of(() => { Task.FromException(new TestError("boom")).ContinueWith(a => a.Exception, TaskContinuationOptions.ExecuteSynchronously).Wait(); }));
}

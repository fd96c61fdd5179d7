// Exceptions that nobody took: which way of looking counts.

static class unobserved
{
    static Task Failed(string m) => Task.FromException(new TestError(m));

    public static void a_dropped_task_is_reported(Recorder r) => r.Line(Unobserved.Of(() => { _ = Failed("boom"); }));
    public static void an_async_function_too(Recorder r)
    {
        async Task Throws() { await Task.CompletedTask; throw new TestError("boom"); }
        r.Line(Unobserved.Of(() => { _ = Throws(); }));
    }
    public static void one_that_fails_after_it_was_dropped(Recorder r)
    {
        r.Line(Unobserved.Of(() =>
        {
            var gate = new TaskCompletionSource();
            async Task Throws() { await gate.Task; throw new TestError("late"); }
            _ = Throws();
            gate.SetResult();
        }));
    }
    public static void an_await_counts(Recorder r)
    {
        async Task Waits() { try { await Failed("boom"); } catch (TestError) { } }
        r.Line(Unobserved.Of(() => Waits().Wait()));
    }
    public static void a_wait_counts(Recorder r) =>
        r.Line(Unobserved.Of(() => { try { Failed("boom").Wait(); } catch (Exception) { } }));
    public static void the_exception_counts(Recorder r) =>
        r.Line(Unobserved.Of(() => { var t = Failed("boom"); _ = t.Exception; }));
    public static void the_status_does_not(Recorder r) =>
        r.Line(Unobserved.Of(() => { var t = Failed("boom"); _ = t.IsFaulted; _ = t.Status; _ = t.IsCompleted; }));
    public static void a_canceled_task_is_not_reported(Recorder r) =>
        r.Line(Unobserved.Of(() => { _ = Task.FromCanceled(new CancellationToken(true)); }));
    public static void a_cancellation_set_as_an_exception_is(Recorder r) =>
        r.Line(Unobserved.Of(() => { var s = new TaskCompletionSource(); var t = s.Task; s.SetException(new OperationCanceledException()); }));
    public static void a_dropped_when_all_is_reported_with_all(Recorder r) =>
        r.Line(Unobserved.Of(() => { _ = Task.WhenAll(Failed("a"), Failed("b")); }));
    public static void an_await_of_when_all_takes_all(Recorder r)
    {
        async Task Waits() { try { await Task.WhenAll(Failed("a"), Failed("b")); } catch (TestError) { } }
        r.Line(Unobserved.Of(() => Waits().Wait()));
    }
    public static void when_any_takes_nothing(Recorder r)
    {
        r.Line(Unobserved.Of(() =>
        {
            var a = Failed("a");
            Task.WhenAny(a, new TaskCompletionSource().Task).Wait();
        }));
    }
    public static void several_of_one_source(Recorder r) =>
        r.Line(Unobserved.Of(() =>
        {
            var s = new TaskCompletionSource();
            var t = s.Task;
            s.SetException([new TestError("a"), new TestError("b")]);
        }));
    public static void one_that_was_passed_on_is_reported_once(Recorder r)
    {
        async Task Passes() => await Failed("boom");
        r.Line(Unobserved.Of(() => { _ = Passes(); }));
    }
    public static void a_wait_that_timed_out_did_not_take_it(Recorder r) =>
        r.Line(Unobserved.Of(() =>
        {
            var s = new TaskCompletionSource();
            var t = s.Task;
            t.Wait(0);
            s.SetException(new TestError("late"));
        }));
    public static void wait_all_counts_for_all(Recorder r) =>
        r.Line(Unobserved.Of(() => { try { Task.WaitAll(Failed("a"), Failed("b")); } catch (Exception) { } }));
}

// WaitAny, and WaitAll with a limit.

static class wait_any
{
    static TimeSpan Ms(int n) => TimeSpan.FromMilliseconds(n);

    public static void wait_all_with_a_limit(Recorder r)
    {
        var s = new TaskCompletionSource();
        r.Gives("passes", () => Task.WaitAll([Task.CompletedTask, s.Task], Ms(2)));
        s.SetResult();
        r.Gives("enough", () => Task.WaitAll([Task.CompletedTask, s.Task], Ms(1000)));
    }
    public static void wait_any_gives_the_index(Recorder r)
    {
        var s = new TaskCompletionSource();
        r.Gives("second", () => Task.WaitAny(s.Task, Task.CompletedTask));
        r.Gives("first", () => Task.WaitAny(Task.CompletedTask, Task.CompletedTask));
    }
    public static void wait_any_does_not_throw_for_a_faulted_task(Recorder r)
    {
        var s = new TaskCompletionSource();
        var a = Task.FromException(new TestError("a"));
        r.Gives("wait_any", () => Task.WaitAny(s.Task, a));
        r.Errors("errors", a);
    }
    public static void wait_any_of_nothing(Recorder r) => r.Gives("wait_any", () => Task.WaitAny(new Task[0]));
    public static void wait_any_waits_for_the_first(Recorder r)
    {
        var a = new TaskCompletionSource();
        var b = new TaskCompletionSource();
        var t = Task.Run(() => b.SetResult());
        r.Gives("wait_any", () => Task.WaitAny(a.Task, b.Task));
        t.Wait();
    }
    public static void a_limit_that_passes_and_one_that_does_not(Recorder r)
    {
        var s = new TaskCompletionSource();
        r.Line(Task.WaitAny([s.Task, s.Task], Ms(2)) >= 0);
        r.Line(Task.WaitAny([s.Task, s.Task], TimeSpan.Zero) >= 0);
        s.SetResult();
        r.Line(Task.WaitAny([s.Task, s.Task], TimeSpan.Zero) >= 0);
    }
    public static void a_canceled_task_is_a_first_one(Recorder r)
    {
        var s = new TaskCompletionSource();
        var canceled = Task.FromCanceled(new CancellationToken(true));
        r.Gives("wait_any", () => Task.WaitAny(s.Task, canceled));
        r.Line(canceled.Status);
    }
    public static void the_others_go_on(Recorder r)
    {
        var s = new TaskCompletionSource();
        var t = s.Task;
        r.Gives("wait_any", () => Task.WaitAny(t, Task.CompletedTask));
        r.Line(t.Status);
        s.SetResult();
        r.Line(t.Status);
    }
    public static void a_requested_token_and_nothing_completed(Recorder r)
    {
        var s = new TaskCompletionSource();
        r.Gives("wait_any", () => Task.WaitAny([s.Task], new CancellationToken(true)));
        r.Throws("wait_all", () => Task.WaitAll([s.Task], new CancellationToken(true)));
    }
    public static void a_requested_token_and_all_completed(Recorder r)
    {
        r.Gives("wait_any", () => Task.WaitAny([Task.CompletedTask], new CancellationToken(true)));
        r.Throws("wait_all", () => Task.WaitAll([Task.CompletedTask], new CancellationToken(true)));
    }
    public static void a_token_requested_while_it_waits(Recorder r)
    {
        var s = new TaskCompletionSource();
        using var source = new CancellationTokenSource();
        var t = Task.Run(() => source.Cancel());
        r.Gives("wait_any", () => Task.WaitAny([s.Task], source.Token));
        r.Line(s.Task.IsCompleted);
        t.Wait();
    }
    public static void the_same_task_twice(Recorder r)
    {
        var s = new TaskCompletionSource();
        var t = Task.Run(() => s.SetResult());
        r.Line(Task.WaitAny(s.Task, s.Task) < 2);
        t.Wait();
    }
    public static void by_many_threads_at_once(Recorder r)
    {
        var s = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        int sum = 0;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() => Interlocked.Add(ref sum, Task.WaitAny(never.Task, s.Task)))).ToList();
        threads.ForEach(t => t.Start());
        s.SetResult();
        threads.ForEach(t => t.Join());
        r.Line(sum);
    }
}

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
}

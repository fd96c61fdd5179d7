// Blocking waits: Wait, GetResult, WaitAll, WaitAny.

static class block
{
    static TimeSpan Ms(int n) => TimeSpan.FromMilliseconds(n);

    public static void wait_of_a_completed_task(Recorder r)
    {
        r.Throws("wait", () => Task.CompletedTask.Wait());
        r.Gives("limit", () => Task.CompletedTask.Wait(Ms(1000)));
        r.Gives("no time", () => Task.CompletedTask.Wait(Ms(0)));
    }
    public static void wait_until_another_thread_completes(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        var t = Task.Run(() => s.SetResult(5));
        s.Task.Wait();
        r.Line(s.Task.Result);
        t.Wait();
    }
    public static void wait_with_a_limit_that_passes(Recorder r)
    {
        var s = new TaskCompletionSource();
        r.Gives("no time", () => s.Task.Wait(Ms(0)));
        r.Gives("a little", () => s.Task.Wait(Ms(2)));
        r.Line(s.Task.IsCompleted);
    }
    public static void wait_without_limit_by_the_constant(Recorder r) =>
        r.Gives("infinite", () => Task.CompletedTask.Wait(Timeout.InfiniteTimeSpan));
    public static void wait_for_less_than_nothing(Recorder r)
    {
        var s = new TaskCompletionSource();
        r.Gives("pending", () => s.Task.Wait(Ms(-5)));
        r.Gives("completed", () => Task.CompletedTask.Wait(Ms(-5)));
    }
    public static void wait_with_a_requested_token(Recorder r)
    {
        var s = new TaskCompletionSource();
        r.Throws("pending", () => s.Task.Wait(new CancellationToken(true)));
        r.Throws("completed", () => Task.CompletedTask.Wait(new CancellationToken(true)));
        r.Gives("limit", () => s.Task.Wait(Ms(1000), new CancellationToken(true)));
    }
    public static void wait_with_a_token_requested_meanwhile(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var s = new TaskCompletionSource();
        var t = Task.Run(() => source.Cancel());
        r.Throws("wait", () => s.Task.Wait(source.Token));
        r.Line(s.Task.Status);
        t.Wait();
    }
    public static void result_of_a_canceled_task(Recorder r) =>
        r.Gives("result", () => Task.FromCanceled<int>(new CancellationToken(true)).GetAwaiter().GetResult());
    public static void result_that_comes_later(Recorder r)
    {
        var s = new TaskCompletionSource<string>();
        var t = Task.Run(() => s.SetResult("late"));
        r.Gives("result", () => s.Task.GetAwaiter().GetResult());
        t.Wait();
    }
    public static void result_as_often_as_wanted(Recorder r)
    {
        var t = Task.FromResult(3);
        r.Line(t.Result, t.Result, t.GetAwaiter().GetResult());
    }
    public static void wait_all_of_completed_tasks(Recorder r) =>
        r.Throws("wait_all", () => Task.WaitAll(Task.CompletedTask, Task.FromResult(1)));
    public static void wait_all_waits_for_all_though_one_fails(Recorder r)
    {
        var s = new TaskCompletionSource();
        var a = Task.FromException(new TestError("a"));
        var t = Task.Run(() => s.SetResult());
        r.Line("threw", Threw(() => Task.WaitAll(a, s.Task)), s.Task.IsCompleted);
        t.Wait();
    }
    static bool Threw(Action f) { try { f(); return false; } catch { return true; } }
    public static void wait_all_throws(Recorder r)
    {
        var a = Task.FromException(new TestError("a"));
        var b = Task.FromException(new TestError("b"));
        r.Throws("wait_all", () => Task.WaitAll(a, b));
    }
    public static void wait_all_of_a_canceled_and_a_faulted_task(Recorder r)
    {
        var a = Task.FromCanceled(new CancellationToken(true));
        var b = Task.FromException(new TestError("b"));
        r.Throws("wait_all", () => Task.WaitAll(a, b));
    }
    public static void wait_all_of_nothing(Recorder r) => r.Throws("wait_all", () => Task.WaitAll(new Task[0]));
    public static void blocked_on_by_many_threads(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        int sum = 0;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() => Interlocked.Add(ref sum, s.Task.Result))).ToArray();
        foreach (var t in threads) t.Start();
        s.SetResult(2);
        foreach (var t in threads) t.Join();
        r.Line(sum);
    }
    public static void an_async_main(Recorder r)
    {
        async Task<int> Main() { await Task.Yield(); return 7; }
        r.Line(Main().GetAwaiter().GetResult());
    }
}

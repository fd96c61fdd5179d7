// WhenAny: which one it names, and what becomes of the others.

static class when_any
{
    static async Task<int> Index(params Task[] tasks) => Array.IndexOf(tasks, await Task.WhenAny(tasks));

    public static async Task the_first_that_is_completed_already(Recorder r)
    {
        var pending = new TaskCompletionSource();
        r.Line(await Index(pending.Task, Task.CompletedTask, Task.CompletedTask));
        r.Line(await Index(Task.CompletedTask, Task.CompletedTask));
    }
    public static async Task the_first_to_complete(Recorder r)
    {
        var a = new TaskCompletionSource();
        var b = new TaskCompletionSource();
        var any = Index(a.Task, b.Task);
        r.Line(any.IsCompleted);
        b.SetResult();
        r.Line(await any);
        a.SetResult();
        r.Line(await any);
    }
    public static async Task a_failed_one_counts(Recorder r)
    {
        var a = new TaskCompletionSource();
        var b = Task.FromException(new TestError("b"));
        var any = Index(a.Task, b);
        r.Line((await any), any.Status);
        r.Errors("errors", b);
    }
    public static async Task a_canceled_one_counts(Recorder r)
    {
        var a = new TaskCompletionSource();
        var b = Task.FromCanceled(new CancellationToken(true));
        r.Line(await Index(a.Task, b));
    }
    public static void of_nothing(Recorder r) => r.Throws("call", () => Task.WhenAny(new Task[0]));
    public static async Task the_others_go_on(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        var b = new TaskCompletionSource<int>();
        await Task.WhenAny(a.Task, SetAndGive(b));
        r.Line(a.Task.IsCompleted);
        a.SetResult(7);
        r.Line(await a.Task);
    }
    static Task<int> SetAndGive(TaskCompletionSource<int> s) { s.SetResult(1); return s.Task; }
    public static async Task the_same_task_twice(Recorder r)
    {
        var a = new TaskCompletionSource();
        var any = Index(a.Task, a.Task);
        a.SetResult();
        r.Line(await any);
    }
    public static void the_awaiter_goes_on_where_the_first_one_completed(Recorder r)
    {
        var a = new TaskCompletionSource();
        var b = new TaskCompletionSource();
        async Task<string> Waits() { await Task.WhenAny(a.Task, b.Task); return Here.Label; }
        var t = Waits();
        Here.On("first", () => b.SetResult());
        Here.On("second", () => a.SetResult());
        r.Line(t.GetAwaiter().GetResult());
    }
    public static async Task of_many(Recorder r)
    {
        var sources = Enumerable.Range(0, 100).Select(_ => new TaskCompletionSource()).ToArray();
        var any = Index(sources.Select(s => (Task)s.Task).ToArray());
        sources[63].SetResult();
        r.Line(await any);
        foreach (var s in sources) s.TrySetResult();
        r.Line(await any);
    }
    public static async Task one_after_another(Recorder r)
    {
        var sources = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource<int>()).ToArray();
        var left = sources.Select(s => s.Task).ToList();
        foreach (var i in new[] { 2, 0, 3, 1 })
        {
            var any = Task.WhenAny(left);
            sources[i].SetResult(i);
            var first = await any;
            left.Remove(first);
            r.Line(first.Result, left.Count);
        }
    }
    public static void a_race_has_one_winner(Recorder r)
    {
        for (int round = 0; round < 50; ++round)
        {
            var a = new TaskCompletionSource();
            var b = new TaskCompletionSource();
            var any = Index(a.Task, b.Task);
            Parallel.Invoke(() => a.SetResult(), () => b.SetResult());
            if (any.Result is not (0 or 1)) r.Line("nobody won");
        }
        r.Line("end");
    }
    public static async Task a_time_limit_by_hand(Recorder r)
    {
        var never = new TaskCompletionSource();
        r.Line(await Index(never.Task, Task.Delay(2)));
    }
}

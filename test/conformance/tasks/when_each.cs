// WhenEach: tasks in the order of their ends.

static class when_each
{
    static async Task<List<string>> All(IAsyncEnumerable<Task<int>> tasks)
    {
        var seen = new List<string>();
        await foreach (var t in tasks) seen.Add(await Word(t));
        return seen;
    }
    static async Task<string> Word(Task<int> t)
    {
        try { return Words.Of(await t); } catch (Exception e) { return Words.Of(e); }
    }

    public static async Task in_the_order_of_their_ends(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        var b = new TaskCompletionSource<int>();
        var c = new TaskCompletionSource<int>();
        var all = All(Task.WhenEach(a.Task, b.Task, c.Task));
        b.SetResult(2);
        c.SetResult(3);
        a.SetResult(1);
        r.Line(await all);
    }
    public static async Task those_that_have_ended_come_first_in_the_order_of_the_arguments(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        var all = All(Task.WhenEach(Task.FromResult(1), a.Task, Task.FromResult(2), Task.FromResult(3)));
        a.SetResult(4);
        r.Line(await all);
    }
    public static async Task of_nothing(Recorder r) => r.Line(await All(Task.WhenEach(new Task<int>[0])));
    public static async Task of_one(Recorder r) => r.Line(await All(Task.WhenEach(Task.FromResult(5))));
    public static async Task a_failed_one_comes_like_the_others(Recorder r)
    {
        var failed = Task.FromException<int>(new TestError("failed"));
        await foreach (var t in Task.WhenEach(failed, Task.FromResult(1))) r.State("t", t);
        r.Errors("errors", failed);
    }
    public static async Task a_canceled_one_comes_like_the_others(Recorder r)
    {
        var canceled = Task.FromCanceled<int>(new CancellationToken(true));
        await foreach (var t in Task.WhenEach(canceled, Task.FromResult(1))) r.State("t", t);
    }
    public static async Task a_mixture(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        var b = new TaskCompletionSource<int>();
        var c = new TaskCompletionSource<int>();
        var all = All(Task.WhenEach(a.Task, Task.FromResult(0), b.Task,
                                    Task.FromException<int>(new TestError("early")), c.Task));
        c.SetException(new TestError("late"));
        a.SetCanceled();
        b.SetResult(7);
        r.Line(await all);
    }
    public static async Task the_same_task_twice(Recorder r)
    {
        var t = Task.FromResult(1);
        r.Line(await All(Task.WhenEach(t, t)));
    }
    public static async Task the_same_task_twice_and_another(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        var t = Task.FromResult(1);
        var all = All(Task.WhenEach(a.Task, t, a.Task, t));
        a.SetResult(2);
        r.Line(await all);
    }
    public static async Task a_next_that_is_there_is_completed(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        await using var each = Task.WhenEach(Task.FromResult(1), a.Task).GetAsyncEnumerator();
        var first = each.MoveNextAsync();
        r.Line(first.IsCompleted, await first);
        var second = each.MoveNextAsync();
        r.Line(second.IsCompleted);
        a.SetResult(2);
        r.Line(await second, await each.MoveNextAsync());
    }
    public static async Task canceled_while_it_waits(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        var stop = new CancellationTokenSource();
        async Task Reads()
        {
            await foreach (var t in Task.WhenEach(Task.FromResult(1), a.Task).WithCancellation(stop.Token))
                r.Line(await t);
        }
        var reads = Reads();
        stop.Cancel();
        await r.Awaits("reads", reads);
        a.SetResult(2);
        r.Line(a.Task.Status);
    }
    public static async Task left_half_way_the_others_go_on(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        await foreach (var t in Task.WhenEach(Task.FromResult(1), a.Task)) { r.Line(await t); break; }
        a.SetResult(2);
        r.Line(await a.Task);
    }
    public static void those_not_looked_at_are_unobserved(Recorder r)
    {
        r.Line(Unobserved.Of(() =>
        {
            async Task Reads()
            {
                await foreach (var t in Task.WhenEach(Fails("a"), Fails("b"))) _ = t.IsFaulted;
            }
            Reads().Wait();
        }).Select(e => e.Message).Order());
    }
    static Task<int> Fails(string what) => Task.FromException<int>(new TestError(what));
    public static async Task many(Recorder r)
    {
        int sum = 0;
        await foreach (var t in Task.WhenEach(Enumerable.Range(1, 100).Select(n => Task.Run(() => n)))) sum += await t;
        r.Line(sum);
    }
}

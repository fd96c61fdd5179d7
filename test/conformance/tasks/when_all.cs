// WhenAll: when it ends, with which values, errors and status.

static class when_all
{
    static Task<int> Failed(string m) => Task.FromException<int>(new TestError(m));
    static Task<int> Canceled() => Task.FromCanceled<int>(new CancellationToken(true));

    public static async Task values_stand_in_the_order_of_the_arguments(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        var b = new TaskCompletionSource<int>();
        var c = new TaskCompletionSource<int>();
        var all = Task.WhenAll(a.Task, b.Task, c.Task);
        c.SetResult(3); a.SetResult(1);
        r.Line("completed", all.IsCompleted);
        b.SetResult(2);
        r.Line("completed", all.IsCompleted);
        r.Line(await all);
    }
    public static async Task of_completed_tasks_is_completed(Recorder r)
    {
        var all = Task.WhenAll(Task.FromResult(1), Task.FromResult(2));
        r.State("all", all);
        r.Line(await all);
    }
    public static void of_nothing_is_completed(Recorder r)
    {
        var all = Task.WhenAll(new Task<int>[0]);
        r.State("all", all);
        r.Line(all.Result);
        r.State("void", Task.WhenAll(new Task[0]));
    }
    public static async Task the_first_failure_in_argument_order_is_thrown(Recorder r)
    {
        var a = new TaskCompletionSource<int>();
        var b = new TaskCompletionSource<int>();
        var all = Task.WhenAll(a.Task, b.Task);
        b.SetException(new TestError("b"));
        r.Line("completed", all.IsCompleted);
        a.SetException(new TestError("a"));
        await r.Awaits("await", all);
        r.Errors("errors", all);
    }
    public static async Task it_waits_for_the_rest_after_a_failure(Recorder r)
    {
        var b = new TaskCompletionSource<int>();
        var all = Task.WhenAll(Failed("a"), b.Task);
        r.Line("completed", all.IsCompleted);
        b.SetResult(1);
        r.Line("completed", all.IsCompleted);
        await r.Awaits("await", all);
    }
    public static void a_fault_beats_a_cancellation(Recorder r)
    {
        var all = Task.WhenAll(Canceled(), Failed("b"), Canceled());
        r.State("all", all);
        r.Errors("errors", all);
    }
    public static async Task cancellations_only(Recorder r)
    {
        var all = Task.WhenAll(Task.FromResult(1), Canceled(), Canceled());
        r.State("all", all);
        r.Errors("errors", all);
        await r.Awaits("await", all);
    }
    public static async Task a_cancellation_carries_the_token_of_the_first(Recorder r)
    {
        using var one = new CancellationTokenSource();
        using var two = new CancellationTokenSource();
        one.Cancel(); two.Cancel();
        var all = Task.WhenAll(Task.FromCanceled(one.Token), Task.FromCanceled(two.Token));
        try { await all; }
        catch (OperationCanceledException e) { r.Line(e.CancellationToken == one.Token, e.CancellationToken == two.Token); }
    }
    public static void tasks_with_several_errors_are_flattened(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        s.SetException([new TestError("b"), new TestError("c")]);
        var all = Task.WhenAll(Failed("a"), s.Task, Failed("d"));
        r.Errors("errors", all);
    }
    public static void nested(Recorder r)
    {
        var inner = Task.WhenAll(Failed("a"), Failed("b"));
        var all = Task.WhenAll(inner, Task.WhenAll(Failed("c"), Failed("d")));
        r.Errors("errors", all);
    }
    public static void an_aggregate_thrown_in_one_is_one(Recorder r)
    {
        async Task Throws() => throw new AggregateException(new TestError("a"), new TestError("b"));
        r.Errors("errors", Task.WhenAll(Throws(), Task.CompletedTask));
    }
    public static async Task an_await_of_it_in_a_function_keeps_one_error(Recorder r)
    {
        async Task Waits() => await Task.WhenAll(Failed("a"), Failed("b"));
        var t = Waits();
        await r.Awaits("await", t);
        r.Errors("errors", t);
    }
    public static async Task the_same_task_twice(Recorder r)
    {
        var t = Task.FromResult(4);
        r.Line(await Task.WhenAll(t, t));
    }
    public static async Task the_same_failed_task_twice(Recorder r)
    {
        var t = Failed("a");
        var all = Task.WhenAll(t, t);
        await r.Awaits("await", all);
        r.Errors("errors", all);
    }
    public static async Task the_tasks_stay_usable(Recorder r)
    {
        var a = Task.FromResult(1);
        var b = Task.FromResult("two");
        await Task.WhenAll(a, b);
        r.Line(a.Result, b.Result);
    }
    public static async Task a_mixture_of_types(Recorder r)
    {
        var a = Task.FromResult(1);
        var b = Task.CompletedTask;
        var c = Task.FromResult("three");
        await Task.WhenAll(a, b, c);
        r.Line(a.Result, c.Result);
    }
    public static void starts_one_after_another_and_overlap(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task<int> Work(int n) { r.Line("starts", n); await gate.Task; return n; }
        var all = Task.WhenAll(Work(1), Work(2), Work(3));
        r.Line("all started");
        gate.SetResult();
        r.Line(all.Result);
    }
    public static void a_sequence_is_walked_once_at_the_call(Recorder r)
    {
        IEnumerable<Task<int>> Tasks()
        {
            for (int i = 0; i < 3; ++i) { r.Line("makes", i); yield return Task.FromResult(i); }
        }
        var all = Task.WhenAll(Tasks());
        r.Line("called");
        r.Line(all.Result);
    }
    public static void one_of_a_sequence_cannot_be_made(Recorder r)
    {
        IEnumerable<Task<int>> Tasks()
        {
            yield return Task.FromResult(1);
            throw new TestError("boom");
        }
        r.Throws("call", () => Task.WhenAll(Tasks()));
    }
    public static void the_awaiter_goes_on_where_the_last_one_completed(Recorder r)
    {
        var a = new TaskCompletionSource();
        var b = new TaskCompletionSource();
        async Task<string> Waits() { await Task.WhenAll(a.Task, b.Task); return Here.Label; }
        var t = Waits();
        Here.On("first", () => b.SetResult());
        Here.On("last", () => a.SetResult());
        r.Line(t.GetAwaiter().GetResult());
    }
    public static async Task of_one(Recorder r)
    {
        r.Line(await Task.WhenAll(Task.FromResult(9)));
        await r.Awaits("failed", Task.WhenAll(Failed("a")));
    }
    public static async Task of_many(Recorder r)
    {
        var sources = Enumerable.Range(0, 1000).Select(_ => new TaskCompletionSource<int>()).ToArray();
        var all = Task.WhenAll(sources.Select(s => s.Task));
        Parallel.For(0, sources.Length, i => sources[i].SetResult(i));
        r.Line((await all).Sum());
    }
    public static void its_children_count_as_observed(Recorder r) =>
        r.Line(Unobserved.Of(() =>
        {
            var all = Task.WhenAll(Failed("a"), Failed("b"));
            _ = all.Exception;
        }));
}

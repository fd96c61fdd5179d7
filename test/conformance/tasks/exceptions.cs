// Which exception comes out of which door, and what aggregates hold in which order.

static class exceptions
{
    static async Task Fails(Task gate, string message) { await gate; throw new TestError(message); }
    static async Task Passes(Task inner) => await inner;
    static async Task<int> Value(Task inner) { await inner; return 1; }
    static Task Of(params string[] messages)
    {
        var source = new TaskCompletionSource();
        source.SetException(messages.Select(m => new TestError(m)));
        return source.Task;
    }

    public static async Task await_throws_the_original(Recorder r) =>
        await r.Awaits("await", Task.FromException(new TestError("boom")));
    public static async Task await_throws_it_each_time(Recorder r)
    {
        var t = Task.FromException(new TestError("boom"));
        await r.Awaits("first", t);
        await r.Awaits("second", t);
    }
    public static void wait_throws(Recorder r)
    {
        var t = Task.FromException(new TestError("boom"));
        r.Throws("wait", () => t.Wait());
    }
    public static void get_result_throws_the_original(Recorder r)
    {
        var t = Task.FromException<int>(new TestError("boom"));
        r.Gives("result", () => t.GetAwaiter().GetResult());
    }
    public static void wait_of_a_canceled_task_throws(Recorder r)
    {
        var t = Task.FromCanceled(new CancellationToken(true));
        r.Throws("wait", () => t.Wait());
    }
    public static void get_result_of_a_canceled_task_throws(Recorder r)
    {
        var t = Task.FromCanceled<int>(new CancellationToken(true));
        r.Gives("result", () => t.GetAwaiter().GetResult());
    }
    public static async Task the_first_of_several_comes_out_of_await(Recorder r)
    {
        var t = Of("a", "b", "c");
        await r.Awaits("await", t);
        r.Errors("errors", t);
    }
    public static void the_exception_is_the_same_object(Recorder r)
    {
        var e = new TestError("boom");
        var t = Task.FromException(e);
        Exception first = null, second = null;
        try { t.GetAwaiter().GetResult(); } catch (Exception x) { first = x; }
        try { Passes(t).GetAwaiter().GetResult(); } catch (Exception x) { second = x; }
        r.Line(ReferenceEquals(first, second), ReferenceEquals(t.Exception.InnerException, first));
    }
    public static async Task passes_through_the_callers(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var t = Passes(Passes(Passes(Fails(gate.Task, "boom"))));
        r.Line("faulted", t.IsFaulted);
        gate.SetResult();
        await r.Awaits("await", t);
        r.Errors("errors", t);
    }
    public static void a_caller_holds_only_the_first_of_several(Recorder r)
    {
        var t = Passes(Of("a", "b"));
        r.Errors("errors", t);
    }
    public static void set_exception_needs_one(Recorder r)
    {
        var source = new TaskCompletionSource();
        r.Throws("null", () => source.SetException((Exception)null));
        r.Throws("empty", () => source.SetException(Array.Empty<Exception>()));
        r.Throws("null among them", () => source.SetException([new TestError("a"), null]));
        r.Line("completed", source.Task.IsCompleted);
    }
    public static async Task caught_inside_it_is_gone(Recorder r)
    {
        async Task<string> Catches()
        {
            try { await Fails(Task.CompletedTask, "boom"); }
            catch (TestError e) { return "caught " + e.Message; }
            return "nothing";
        }
        await r.Awaits("await", Catches());
    }
    public static async Task another_one_thrown_from_the_handler(Recorder r)
    {
        async Task Replaces()
        {
            try { await Fails(Task.CompletedTask, "first"); }
            catch (TestError) { throw new TestError("second"); }
        }
        var t = Replaces();
        await r.Awaits("await", t);
        r.Errors("errors", t);
    }
    public static async Task rethrown_from_the_handler(Recorder r)
    {
        async Task Rethrows()
        {
            try { await Fails(Task.CompletedTask, "boom"); }
            catch (TestError) { throw; }
        }
        await r.Awaits("await", Rethrows());
    }
    sealed class Guard(Recorder r, string name) : IDisposable { public void Dispose() => r.Line("leaves", name); }
    public static async Task scopes_are_left_before_the_awaiter_goes_on(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task Inner()
        {
            using var a = new Guard(r, "a");
            using var b = new Guard(r, "b");
            await gate.Task;
            throw new TestError("boom");
        }
        async Task Outer()
        {
            using var c = new Guard(r, "c");
            try { await Inner(); }
            catch (TestError) { r.Line("caught"); }
        }
        var t = Outer();
        gate.SetResult();
        await t;
    }
    public static void what_an_awaiter_throws_does_not_reach_set_result(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var t = Fails(gate.Task, "boom");
        r.Throws("set", () => gate.SetResult());
        r.Errors("errors", t);
    }
    public static void an_aggregate_thrown_is_one_exception(Recorder r)
    {
        async Task Throws() => throw new AggregateException(new TestError("a"), new TestError("b"));
        r.Errors("errors", Throws());
    }
    public static void flatten_is_breadth_first(Recorder r)
    {
        var all = new AggregateException(
            new TestError("a"),
            new AggregateException(new TestError("b"), new AggregateException(new TestError("c"))),
            new TestError("d"),
            new AggregateException(new TestError("e")));
        r.Line(all.Flatten());
    }
    public static void flatten_of_what_is_flat(Recorder r) =>
        r.Line(new AggregateException(new TestError("a"), new TestError("b")).Flatten());
    public static void handle_all(Recorder r)
    {
        var all = new AggregateException(new TestError("a"), new TestError("b"));
        r.Throws("handle", () => all.Handle(e => { r.Line("asked", e); return true; }));
    }
    public static void handle_some(Recorder r)
    {
        var all = new AggregateException(new TestError("a"), new TestError("b"), new TestError("c"));
        r.Throws("handle", () => all.Handle(e => e.Message == "b"));
    }
    public static void handle_that_throws(Recorder r)
    {
        var all = new AggregateException(new TestError("a"), new TestError("b"));
        r.Throws("handle", () => all.Handle(e => throw new TestError("handler")));
    }
    public static void aggregate_of_nothing(Recorder r) => r.Line(new AggregateException(new Exception[0]).InnerExceptions);
    public static void aggregate_with_a_null(Recorder r) =>
        r.Throws("null", () => new AggregateException(new Exception[] { null }));
    public static void errors_of_what_has_none(Recorder r)
    {
        r.Errors("pending", new TaskCompletionSource().Task);
        r.Errors("completed", Task.CompletedTask);
        r.Errors("canceled", Task.FromCanceled(new CancellationToken(true)));
        r.Line(Task.CompletedTask.Exception);
    }
    public static async Task a_cancellation_carries_its_token(Recorder r)
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var t = Task.FromCanceled(source.Token);
        try { await t; }
        catch (OperationCanceledException e) { r.Line(e.CancellationToken == source.Token, e.CancellationToken.IsCancellationRequested); }
        async Task Throws() { source.Token.ThrowIfCancellationRequested(); }
        try { await Throws(); }
        catch (OperationCanceledException e) { r.Line(e.CancellationToken == source.Token); }
    }
    public static async Task a_value_that_could_not_be_made(Recorder r)
    {
        var t = Value(Fails(Task.CompletedTask, "boom"));
        await r.Awaits("await", t);
        r.Line("faulted", t.IsFaulted);
    }
}

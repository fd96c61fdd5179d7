// ValueTask: results that are often there at once.

using System.Threading.Tasks.Sources;

static class value_tasks
{
    static async ValueTask<int> Value(Task gate, int value) { await gate; return value; }
    static async ValueTask Nothing(Task gate) => await gate;
    static async ValueTask<int> Fails(Task gate) { await gate; throw new TestError("boom"); }

    public static async Task made_of_a_value(Recorder r)
    {
        var v = new ValueTask<int>(5);
        r.Line(v.IsCompleted, v.IsCompletedSuccessfully);
        r.Line(await v);
    }
    public static async Task default_constructed(Recorder r)
    {
        ValueTask<int> v = default;
        r.Line(v.IsCompleted);
        r.Line(await v);
        ValueTask nothing = default;
        r.Line(nothing.IsCompleted);
        await nothing;
    }
    public static async Task made_of_a_task(Recorder r)
    {
        var s = new TaskCompletionSource<int>();
        var v = new ValueTask<int>(s.Task);
        r.Line(v.IsCompleted);
        s.SetResult(6);
        r.Line(v.IsCompleted);
        r.Line(await v);
    }
    public static async Task made_of_a_failed_task(Recorder r)
    {
        var v = new ValueTask<int>(Task.FromException<int>(new TestError("boom")));
        r.Line(v.IsCompleted, v.IsCompletedSuccessfully);
        await r.Awaits("await", v);
    }
    public static async Task an_async_function_that_never_suspends(Recorder r)
    {
        var v = Value(Task.CompletedTask, 7);
        r.Line(v.IsCompleted);
        r.Line(await v);
    }
    public static async Task an_async_function_that_suspends(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var v = Value(gate.Task, 8);
        r.Line(v.IsCompleted);
        gate.SetResult();
        r.Line(v.IsCompleted);
        r.Line(await v);
    }
    public static async Task without_a_value(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var v = Nothing(gate.Task);
        r.Line(v.IsCompleted);
        gate.SetResult();
        await r.Awaits("await", v);
    }
    public static async Task that_fails_at_once(Recorder r)
    {
        var v = Fails(Task.CompletedTask);
        r.Line(v.IsCompleted, v.IsCompletedSuccessfully);
        await r.Awaits("await", v);
    }
    public static async Task that_fails_later(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var v = Fails(gate.Task);
        gate.SetResult();
        await r.Awaits("await", v);
    }
    public static async Task that_is_canceled(Recorder r)
    {
        async ValueTask<int> Cancels() { await Task.Delay(Timeout.Infinite, new CancellationToken(true)); return 1; }
        var t = Cancels().AsTask();
        r.Line(t.Status);
        await r.Awaits("await", t);
    }
    public static async Task as_a_task_it_can_be_awaited_often(Recorder r)
    {
        var t = Value(Task.CompletedTask, 9).AsTask();
        r.Line(await t, await t);
        var u = new ValueTask<int>(10).AsTask();
        r.Line(u.Status, await u);
    }
    public static void result_that_is_there(Recorder r) => r.Line(new ValueTask<int>(11).Result);
    public static void result_that_comes_later(Recorder r)
    {
        var gate = new TaskCompletionSource();
        var t = Value(gate.Task, 12).AsTask();
        Here.On("setter", () => gate.SetResult());
        r.Line(t.Result);
    }
    public static void starts_at_the_call(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async ValueTask Run() { r.Line("starts"); await gate.Task; r.Line("goes on"); }
        var v = Run();
        r.Line("called");
        gate.SetResult();
        r.Line(v.IsCompleted);
    }
    // One that is backed by a source that is used again, as those of sockets and channels are.
    sealed class Source : IValueTaskSource<int>
    {
        ManualResetValueTaskSourceCore<int> core;
        public ValueTask<int> Next() => new(this, core.Version);
        public void Set(int value) => core.SetResult(value);
        public int GetResult(short token) { try { return core.GetResult(token); } finally { core.Reset(); } }
        public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);
        public void OnCompleted(Action<object> f, object state, short token, ValueTaskSourceOnCompletedFlags flags) => core.OnCompleted(f, state, token, flags);
    }
    public static async Task a_second_use_of_one_with_a_source(Recorder r)
    {
        var source = new Source();
        var v = source.Next();
        source.Set(1);
        r.Line(await v);
        r.Gives("second", () => v.GetAwaiter().GetResult());
        r.Gives("is_completed", () => v.IsCompleted);
    }
}

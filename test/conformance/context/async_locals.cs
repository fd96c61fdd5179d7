// AsyncLocal: where values flow, and where they do not come back.

static class async_locals
{
    static readonly AsyncLocal<int> local = new();
    static readonly AsyncLocal<string> name = new();

    public static void nothing_was_set(Recorder r) => r.Line(new AsyncLocal<int>().Value);
    public static void set_and_get(Recorder r)
    {
        local.Value = 1;
        r.Line(local.Value);
        local.Value = 2;
        r.Line(local.Value);
        local.Value = 0;
    }
    public static void two_do_not_mix(Recorder r)
    {
        local.Value = 1;
        name.Value = "a";
        r.Line(local.Value, name.Value);
        local.Value = 0;
        name.Value = "";
    }
    public static async Task across_an_await(Recorder r)
    {
        local.Value = 3;
        await Task.Yield();
        r.Line(local.Value);
        await Task.Delay(1);
        r.Line(local.Value);
    }
    public static async Task into_a_call(Recorder r)
    {
        async Task Callee() { r.Line("in", local.Value); await Task.Yield(); r.Line("later", local.Value); }
        local.Value = 4;
        await Callee();
    }
    public static async Task out_of_a_call_that_suspends(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task Callee() { local.Value = 50; await gate.Task; r.Line("callee", local.Value); }
        local.Value = 5;
        var t = Callee();
        r.Line("caller", local.Value);
        gate.SetResult();
        await t;
        r.Line("caller", local.Value);
    }
    public static async Task out_of_a_call_that_does_not_suspend(Recorder r)
    {
        async Task Callee() { local.Value = 60; r.Line("callee", local.Value); }
        local.Value = 6;
        await Callee();
        r.Line("caller", local.Value);
    }
    public static void out_of_a_plain_function(Recorder r)
    {
        void Callee() => local.Value = 70;
        local.Value = 7;
        Callee();
        r.Line(local.Value);
        local.Value = 0;
    }
    public static async Task set_after_the_await_in_a_callee(Recorder r)
    {
        async Task Callee() { await Task.Yield(); local.Value = 80; r.Line("callee", local.Value); }
        local.Value = 8;
        await Callee();
        r.Line("caller", local.Value);
    }
    public static async Task siblings_do_not_see_each_other(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task<int> Child(int n) { local.Value = n; await gate.Task; return local.Value; }
        local.Value = 9;
        var a = Child(91);
        var b = Child(92);
        gate.SetResult();
        r.Line(await a, await b, local.Value);
    }
    public static async Task into_run(Recorder r)
    {
        local.Value = 10;
        r.Line(await Task.Run(() => local.Value));
    }
    public static async Task out_of_run(Recorder r)
    {
        local.Value = 11;
        await Task.Run(() => { local.Value = 110; });
        r.Line(local.Value);
    }
    public static async Task as_it_was_when_run_was_called(Recorder r)
    {
        var gate = new TaskCompletionSource();
        local.Value = 12;
        var t = Task.Run(async () => { await gate.Task; return local.Value; });
        local.Value = 120;
        gate.SetResult();
        r.Line(await t, local.Value);
    }
    public static void whoever_completes_does_not_hand_over_his_value(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task<int> Waits() { await gate.Task; return local.Value; }
        local.Value = 13;
        var t = Waits();
        local.Value = 130;
        gate.SetResult();
        r.Line(t.Result, local.Value);
        local.Value = 0;
    }
    public static void a_continuation_does_not_change_the_value_of_who_completes(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async Task Waits() { await gate.Task; local.Value = 140; }
        var t = Waits();
        local.Value = 14;
        gate.SetResult();
        r.Line(t.IsCompleted, local.Value);
        local.Value = 0;
    }
    public static void into_a_registration(Recorder r)
    {
        using var source = new CancellationTokenSource();
        local.Value = 15;
        using var registration = source.Token.Register(() => r.Line("callback", local.Value));
        local.Value = 150;
        source.Cancel();
        r.Line(local.Value);
        local.Value = 0;
    }
    public static void into_a_post_it_does_not_flow_by_itself(Recorder r)
    {
        var a = new ManualContext();
        async Task<int> Waits(Task gate) { await gate; return local.Value; }
        var gate = new TaskCompletionSource();
        Task<int> t;
        using (new Current(a)) { local.Value = 16; t = Waits(gate.Task); }
        local.Value = 160;
        gate.SetResult();
        a.RunOne();
        r.Line(t.Result, local.Value);
        local.Value = 0;
    }
    public static async Task into_a_when_all(Recorder r)
    {
        async Task<int> Child() { await Task.Yield(); return local.Value; }
        local.Value = 17;
        r.Line(await Task.WhenAll(Child(), Child(), Child()));
    }
    public static void threads_begin_without(Recorder r)
    {
        r.Line(local.Value);
        local.Value = 18;
        r.Line(local.Value);
        local.Value = 0;
    }
    public static async Task nested_levels(Recorder r)
    {
        async Task Level(int n)
        {
            local.Value = n;
            if (n < 3) await Level(n + 1);
            else await Task.Yield();
            r.Line("level", n, local.Value);
        }
        local.Value = 100;
        await Level(1);
        r.Line(local.Value);
    }
    public static async Task after_an_exception(Recorder r)
    {
        async Task Callee() { local.Value = 190; await Task.Yield(); throw new TestError("boom"); }
        local.Value = 19;
        try { await Callee(); } catch (TestError) { }
        r.Line(local.Value);
    }
    public static async Task in_a_loop_of_awaits(Recorder r)
    {
        for (int i = 0; i < 3; ++i)
        {
            local.Value = i;
            await Task.Yield();
            r.Line(local.Value);
        }
    }
    public static void into_a_parallel_loop(Recorder r)
    {
        local.Value = 20;
        int wrong = 0;
        Parallel.For(0, 100, _ => { if (local.Value != 20) Interlocked.Increment(ref wrong); });
        r.Line(wrong, local.Value);
        local.Value = 0;
    }
    public static async Task with_a_value_task(Recorder r)
    {
        async ValueTask<int> Callee() { int seen = local.Value; local.Value = 210; await Task.Yield(); return seen + local.Value; }
        local.Value = 21;
        r.Line(await Callee(), local.Value);
    }
    public static void into_async_void(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async void Handler() { local.Value += 1; await gate.Task; r.Line("handler", local.Value); }
        local.Value = 22;
        Handler();
        r.Line(local.Value);
        gate.SetResult();
        local.Value = 0;
    }
    public static void a_value_does_not_make_it_go_on_in_a_context_that_is_not_its_own(Recorder r)
    {
        var a = new ManualContext();
        var gate = new TaskCompletionSource();
        async Task<string> Waits() { await gate.Task; return Here.Label; }
        local.Value = 23;
        var t = Waits();
        Here.On("setter", () => { using (new Current(a)) gate.SetResult(); });
        r.Line(t.Result, a.Posts);
        local.Value = 0;
    }
}

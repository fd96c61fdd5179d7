// CountdownEvent, Barrier, events, and values made once.

static class latches
{
    public static void a_latch_opens_at_zero(Recorder r)
    {
        var l = new CountdownEvent(2);
        r.Line(l.IsSet, l.CurrentCount);
        l.Signal();
        r.Line(l.IsSet, l.CurrentCount);
        l.Signal();
        r.Line(l.IsSet, l.CurrentCount);
        l.Wait();
    }
    public static void a_latch_of_nothing_is_open(Recorder r) => r.Line(new CountdownEvent(0).IsSet);
    public static void several_at_once(Recorder r)
    {
        var l = new CountdownEvent(3);
        l.Signal(2);
        r.Line(l.CurrentCount);
        r.Throws("too many", () => l.Signal(2));
        r.Line(l.CurrentCount);
        l.Signal();
        r.Throws("open already", () => l.Signal());
    }
    public static void a_latch_lets_all_go(Recorder r)
    {
        var l = new CountdownEvent(1);
        int through = 0;
        var tasks = Enumerable.Range(0, 3).Select(_ => Task.Run(() => { l.Wait(); Interlocked.Increment(ref through); })).ToArray();
        l.Signal();
        Task.WaitAll(tasks);
        r.Line(through);
    }
    public static void a_requested_token_beats_an_open_latch(Recorder r)
    {
        r.Throws("open", () => new CountdownEvent(0).Wait(new CancellationToken(true)));
        r.Throws("closed", () => new CountdownEvent(1).Wait(new CancellationToken(true)));
    }
    public static void a_gate_stays_open(Recorder r)
    {
        var e = new ManualResetEventSlim(false);
        r.Line(e.IsSet);
        e.Set();
        e.Wait();
        e.Wait();
        r.Line(e.IsSet);
        e.Reset();
        r.Line(e.IsSet);
        e.Set();
        e.Set();
        r.Line(e.IsSet);
    }
    public static void a_gate_open_from_the_start(Recorder r)
    {
        var e = new ManualResetEventSlim(true);
        e.Wait();
        r.Line(e.IsSet);
    }
    public static void a_requested_token_beats_an_open_gate(Recorder r) =>
        r.Throws("wait", () => new ManualResetEventSlim(true).Wait(new CancellationToken(true)));
    public static void a_turnstile_lets_one_through(Recorder r)
    {
        var e = new AutoResetEvent(false);
        e.Set();
        r.Line(e.WaitOne(0), e.WaitOne(0));
        e.Set();
        e.Set();
        r.Line(e.WaitOne(0), e.WaitOne(0));
        e.Set();
        e.Reset();
        r.Line(e.WaitOne(0));
    }
    public static void a_turnstile_open_from_the_start(Recorder r)
    {
        var e = new AutoResetEvent(true);
        r.Line(e.WaitOne(0), e.WaitOne(0));
    }
    public static void a_barrier_goes_by_phases(Recorder r)
    {
        int phases = 0;
        var b = new Barrier(3, _ => ++phases);
        var seen = new int[3];
        void Work(int n) { for (int i = 0; i < 4; ++i) { b.SignalAndWait(); Interlocked.Add(ref seen[n], phases); } }
        var threads = Enumerable.Range(0, 3).Select(n => new Thread(() => Work(n))).ToArray();
        foreach (var t in threads) t.Start();
        foreach (var t in threads) t.Join();
        r.Line(phases, b.CurrentPhaseNumber);
    }
    public static void a_barrier_for_one(Recorder r)
    {
        var b = new Barrier(1, x => r.Line("phase", x.CurrentPhaseNumber));
        b.SignalAndWait();
        b.SignalAndWait();
        r.Line(b.CurrentPhaseNumber, b.ParticipantCount);
    }
    public static void a_phase_that_throws(Recorder r)
    {
        var b = new Barrier(1, x => throw new TestError("phase"));
        r.Throws("arrive", () => b.SignalAndWait());
        r.Line(b.CurrentPhaseNumber);
    }
    public static void a_value_is_made_once(Recorder r)
    {
        int made = 0;
        var z = new Lazy<Task<int>>(() => { ++made; return Task.FromResult(7); });
        r.Line(made);
        r.Line(z.Value.Result, z.Value.Result, made);
    }
    public static async Task a_value_that_takes_its_time(Recorder r)
    {
        var gate = new TaskCompletionSource();
        int made = 0;
        var z = new Lazy<Task<int>>(async () => { ++made; await gate.Task; return 8; });
        var a = z.Value;
        var b = z.Value;
        r.Line(made, a.IsCompleted, b.IsCompleted);
        gate.SetResult();
        r.Line(await a, await b, made);
    }
    public static async Task a_value_that_cannot_be_made(Recorder r)
    {
        int tried = 0;
        var z = new Lazy<Task<int>>(async () => { ++tried; await Task.CompletedTask; throw new TestError("boom"); });
        await r.Awaits("first", z.Value);
        await r.Awaits("second", z.Value);
        r.Line(tried);
    }
    public static void many_who_ask_at_once(Recorder r)
    {
        int made = 0;
        var z = new Lazy<Task<int>>(async () => { Interlocked.Increment(ref made); await Task.Yield(); return 9; });
        int sum = 0;
        Parallel.For(0, 32, _ => Interlocked.Add(ref sum, z.Value.Result));
        r.Line(sum, made);
    }
}

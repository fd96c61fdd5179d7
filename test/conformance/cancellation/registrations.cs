// Callbacks of a cancellation, taken back: before, inside and after.

static class registrations
{
    public static void taken_back_before(Recorder r)
    {
        var source = new CancellationTokenSource();
        var registration = source.Token.Register(() => r.Line("never"));
        registration.Dispose();
        source.Cancel();
        r.Line("end");
    }
    public static void taken_back_twice(Recorder r)
    {
        var source = new CancellationTokenSource();
        var registration = source.Token.Register(() => r.Line("never"));
        registration.Dispose();
        registration.Dispose();
        source.Cancel();
        r.Line("end");
    }
    public static void taken_back_afterwards(Recorder r)
    {
        var source = new CancellationTokenSource();
        var registration = source.Token.Register(() => r.Line("called"));
        source.Cancel();
        registration.Dispose();
        r.Line("end");
    }
    public static void taken_back_inside_itself(Recorder r)
    {
        var source = new CancellationTokenSource();
        CancellationTokenRegistration registration = default;
        registration = source.Token.Register(() => { registration.Dispose(); r.Line("called"); });
        source.Cancel();
        r.Line("end");
    }
    public static void one_callback_takes_back_another_that_is_to_come(Recorder r)
    {
        var source = new CancellationTokenSource();
        var first = source.Token.Register(() => r.Line("never"));
        source.Token.Register(() => { first.Dispose(); r.Line("second"); });
        source.Cancel();
    }
    public static void one_callback_takes_back_another_that_has_run(Recorder r)
    {
        var source = new CancellationTokenSource();
        CancellationTokenRegistration last = default;
        source.Token.Register(() => { last.Dispose(); r.Line("first"); });
        last = source.Token.Register(() => r.Line("last"));
        source.Cancel();
    }
    public static void made_after_the_request_it_runs_at_once(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.Cancel();
        var registration = source.Token.Register(() => r.Line("called on", Here.Label));
        r.Line("registered");
        registration.Dispose();
    }
    public static void made_after_the_request_what_it_throws_comes_out_as_it_is(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.Cancel();
        r.Throws("register", () => source.Token.Register(() => throw new TestError("boom")));
    }
    public static void made_inside_a_callback_it_runs_at_once(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.Token.Register(() =>
        {
            r.Line("outer begins");
            source.Token.Register(() => r.Line("inner"));
            r.Line("outer ends");
        });
        source.Cancel();
    }
    public static void taking_back_waits_for_a_callback_that_runs_elsewhere(Recorder r)
    {
        var source = new CancellationTokenSource();
        var inside = new ManualResetEventSlim();
        var go = new ManualResetEventSlim();
        bool ended = false;
        var registration = source.Token.Register(() => { inside.Set(); go.Wait(); Volatile.Write(ref ended, true); });
        var canceller = new Thread(() => source.Cancel());
        canceller.Start();
        inside.Wait();
        var helper = new Thread(() => go.Set());
        helper.Start();
        registration.Dispose();
        r.Line(Volatile.Read(ref ended));
        helper.Join();
        canceller.Join();
    }
    public static void taking_back_one_does_not_wait_for_another(Recorder r)
    {
        var source = new CancellationTokenSource();
        var inside = new ManualResetEventSlim();
        var go = new ManualResetEventSlim();
        var waiting = source.Token.Register(() => r.Line("never"));
        source.Token.Register(() => { inside.Set(); go.Wait(); });
        var canceller = new Thread(() => source.Cancel());
        canceller.Start();
        inside.Wait();
        waiting.Dispose();
        r.Line("taken back");
        go.Set();
        canceller.Join();
    }
    public static void an_order_with_gaps(Recorder r)
    {
        var source = new CancellationTokenSource();
        var all = Enumerable.Range(0, 6).Select(n => source.Token.Register(() => r.Line("callback", n))).ToArray();
        all[1].Dispose();
        all[4].Dispose();
        source.Cancel();
    }
    public static void a_callback_sees_what_the_canceller_wrote(Recorder r)
    {
        var source = new CancellationTokenSource();
        int value = 0;
        source.Token.Register(() => r.Line(value));
        value = 42;
        source.Cancel();
    }
    public static void an_empty_registration(Recorder r)
    {
        CancellationTokenRegistration none = default;
        r.Throws("dispose", () => none.Dispose());
    }
    public static void on_a_token_that_cannot_be_canceled(Recorder r)
    {
        var source = new CancellationTokenSource();
        var registration = source.Token.Register(() => r.Line("never"));
        source.Dispose();
        r.Throws("dispose after the source", () => registration.Dispose());
    }
    public static void completes_a_source_of_a_task(Recorder r)
    {
        var source = new CancellationTokenSource();
        var completion = new TaskCompletionSource();
        using var registration = source.Token.Register(() => completion.TrySetCanceled(source.Token));
        source.Cancel();
        r.Line(completion.Task.Status);
    }
}

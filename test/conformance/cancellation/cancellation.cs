// Sources and tokens: who hears of a cancellation, when, and in which order.

static class cancellation
{
    public static void no_token(Recorder r)
    {
        CancellationToken none = default;
        r.Line(none.CanBeCanceled, none.IsCancellationRequested, none == CancellationToken.None);
        r.Throws("throw_if", () => none.ThrowIfCancellationRequested());
    }
    public static void before_and_after(Recorder r)
    {
        var source = new CancellationTokenSource();
        var token = source.Token;
        r.Line(token.CanBeCanceled, token.IsCancellationRequested, source.IsCancellationRequested);
        r.Throws("throw_if", () => token.ThrowIfCancellationRequested());
        source.Cancel();
        r.Line(token.CanBeCanceled, token.IsCancellationRequested, source.IsCancellationRequested);
        r.Throws("throw_if", () => token.ThrowIfCancellationRequested());
    }
    public static void tokens_of_one_source_are_equal(Recorder r)
    {
        var a = new CancellationTokenSource();
        var b = new CancellationTokenSource();
        r.Line(a.Token == a.Token, a.Token == b.Token);
    }
    public static void twice_is_silent(Recorder r)
    {
        var source = new CancellationTokenSource();
        using var registration = source.Token.Register(() => r.Line("called"));
        r.Throws("first", () => source.Cancel());
        r.Throws("second", () => source.Cancel());
    }
    public static void callbacks_run_before_cancel_returns(Recorder r)
    {
        var source = new CancellationTokenSource();
        using var registration = source.Token.Register(() => r.Line("called on", Here.Label));
        Here.On("canceller", () => { source.Cancel(); r.Line("returned"); });
    }
    public static void the_request_is_visible_inside_a_callback(Recorder r)
    {
        var source = new CancellationTokenSource();
        using var registration = source.Token.Register(() => r.Line(source.IsCancellationRequested, source.Token.IsCancellationRequested));
        source.Cancel();
    }
    public static void last_in_first_out(Recorder r)
    {
        var source = new CancellationTokenSource();
        for (int i = 0; i < 4; ++i) { int n = i; source.Token.Register(() => r.Line("callback", n)); }
        source.Cancel();
    }
    public static void what_callbacks_throw_comes_out_together(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.Token.Register(() => throw new TestError("first"));
        source.Token.Register(() => r.Line("runs all the same"));
        source.Token.Register(() => throw new TestError("third"));
        r.Throws("cancel", () => source.Cancel());
        r.Line(source.IsCancellationRequested);
    }
    public static void one_that_throws_is_in_an_aggregate_too(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.Token.Register(() => throw new TestError("only"));
        r.Throws("cancel", () => source.Cancel());
        r.Throws("again", () => source.Cancel());
    }
    public static void a_cancel_inside_a_callback(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.Token.Register(() => r.Line("one"));
        source.Token.Register(() => { r.Line("two begins"); source.Cancel(); r.Line("two ends"); });
        source.Cancel();
    }
    public static void callbacks_without_a_request_never_run(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.Token.Register(() => r.Line("never"));
        r.Line("end");
    }
    public static async Task cancel_async_runs_callbacks_on_the_pool(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.Token.Register(() => r.Line("called on", Here.Label));
        await source.CancelAsync();
        r.Line(source.IsCancellationRequested);
    }
    public static async Task cancel_async_gives_what_they_throw(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.Token.Register(() => throw new TestError("a"));
        source.Token.Register(() => throw new TestError("b"));
        await r.Awaits("cancel_async", source.CancelAsync());
    }
    public static async Task cancel_async_requests_at_once(Recorder r)
    {
        var source = new CancellationTokenSource();
        var t = source.CancelAsync();
        r.Line(source.IsCancellationRequested);
        await t;
    }
    public static void cancel_async_without_callbacks(Recorder r)
    {
        var source = new CancellationTokenSource();
        source.CancelAsync().Wait();
        source.CancelAsync().Wait();
        r.Line(source.IsCancellationRequested);
    }
    public static void a_source_that_cancels_later(Recorder r)
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(5));
        var canceled = new ManualResetEventSlim();
        source.Token.Register(() => { r.Line("called on", Here.Label); canceled.Set(); });
        canceled.Wait();
        r.Line(source.IsCancellationRequested);
    }
    public static void one_made_with_no_time_is_canceled_at_once(Recorder r) =>
        r.Line(new CancellationTokenSource(TimeSpan.Zero).IsCancellationRequested);
    public static void one_made_with_negative_time(Recorder r)
    {
        r.Throws("negative", () => new CancellationTokenSource(TimeSpan.FromMilliseconds(-5)));
        r.Throws("infinite", () => new CancellationTokenSource(Timeout.InfiniteTimeSpan));
    }
    public static void cancel_after_negative_time(Recorder r)
    {
        using var source = new CancellationTokenSource();
        r.Throws("negative", () => source.CancelAfter(TimeSpan.FromMilliseconds(-5)));
        r.Throws("infinite", () => source.CancelAfter(Timeout.InfiniteTimeSpan));
        r.Line(source.IsCancellationRequested);
    }
    public static void cancel_after_replaces_the_former_time(Recorder r)
    {
        using var source = new CancellationTokenSource(TimeSpan.FromHours(1));
        var canceled = new ManualResetEventSlim();
        source.Token.Register(canceled.Set);
        source.CancelAfter(TimeSpan.FromMilliseconds(5));
        canceled.Wait();
        r.Line(source.IsCancellationRequested);
    }
    public static void cancel_after_infinite_takes_it_back(Recorder r)
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        source.CancelAfter(Timeout.InfiniteTimeSpan);
        r.Line(source.Token.WaitHandle.WaitOne(120));
    }
    public static void cancel_after_on_a_canceled_source(Recorder r)
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        r.Throws("cancel_after", () => source.CancelAfter(TimeSpan.FromMilliseconds(5)));
    }
    public static void reset_of_a_fresh_source(Recorder r)
    {
        using var source = new CancellationTokenSource();
        r.Line(source.TryReset(), source.IsCancellationRequested);
        source.Cancel();
        r.Line(source.TryReset(), source.IsCancellationRequested);
    }
    public static void reset_takes_callbacks_out(Recorder r)
    {
        using var source = new CancellationTokenSource();
        source.Token.Register(() => r.Line("never"));
        r.Line(source.TryReset());
        source.Cancel();
        r.Line(source.IsCancellationRequested);
    }
    public static void reset_takes_a_time_back(Recorder r)
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        r.Line(source.TryReset());
        r.Line(source.Token.WaitHandle.WaitOne(120));
    }
    public static void a_token_handed_out_before_a_reset(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var token = source.Token;
        r.Line(source.TryReset());
        source.Cancel();
        r.Line(token.IsCancellationRequested, source.Token.IsCancellationRequested);
    }
    public static void an_awaiter_of_a_canceled_delay_does_not_run_inside_cancel(Recorder r)
    {
        using var source = new CancellationTokenSource();
        async Task Waits() { try { await Task.Delay(Timeout.Infinite, source.Token); } catch (OperationCanceledException) { } }
        var t = Waits();
        Here.On("canceller", () => source.Cancel());
        t.Wait();
        r.Line(source.IsCancellationRequested);
    }
    public static async Task during_a_chain_of_calls(Recorder r)
    {
        using var source = new CancellationTokenSource();
        async Task Inner(CancellationToken token) { try { await Task.Delay(Timeout.Infinite, token); } finally { r.Line("inner leaves"); } }
        async Task Outer(CancellationToken token) { try { await Inner(token); } finally { r.Line("outer leaves"); } }
        var t = Outer(source.Token);
        source.Cancel();
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static async Task a_caller_that_catches_it_is_not_canceled(Recorder r)
    {
        async Task<string> Catches()
        {
            try { await Task.Delay(Timeout.Infinite, new CancellationToken(true)); }
            catch (OperationCanceledException) { return "caught"; }
            return "nothing";
        }
        var t = Catches();
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static async Task code_that_looks_at_its_token(Recorder r)
    {
        using var source = new CancellationTokenSource();
        async Task<int> Loop(CancellationToken token)
        {
            for (int i = 0; ; ++i)
            {
                if (i == 3) source.Cancel();
                token.ThrowIfCancellationRequested();
                r.Line("step", i);
                await Task.Yield();
            }
        }
        var t = Loop(source.Token);
        await r.Awaits("await", t);
        r.Line(t.Status);
    }
    public static async Task too_late_is_harmless(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var t = Task.Run(() => 1, source.Token);
        await t;
        source.Cancel();
        await r.Awaits("await", t);
    }
}

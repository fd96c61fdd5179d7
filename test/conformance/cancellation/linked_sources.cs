// Sources that are canceled when another one is.

static class linked_sources
{
    public static void the_parent_cancels_the_child(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        r.Line(child.IsCancellationRequested);
        parent.Cancel();
        r.Line(child.IsCancellationRequested, child.Token.IsCancellationRequested);
    }
    public static void the_child_does_not_cancel_the_parent(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        child.Cancel();
        r.Line(parent.IsCancellationRequested, child.IsCancellationRequested);
        parent.Cancel();
        r.Line(parent.IsCancellationRequested);
    }
    public static void to_a_requested_token_it_is_canceled_at_once(Recorder r)
    {
        var child = CancellationTokenSource.CreateLinkedTokenSource(new CancellationToken(true));
        r.Line(child.IsCancellationRequested);
    }
    public static void any_of_two_parents(Recorder r)
    {
        var a = new CancellationTokenSource();
        var b = new CancellationTokenSource();
        var first = CancellationTokenSource.CreateLinkedTokenSource(a.Token, b.Token);
        b.Cancel();
        r.Line(first.IsCancellationRequested, a.IsCancellationRequested);
        a.Cancel();
        r.Line(first.IsCancellationRequested);
    }
    public static void to_no_token(Recorder r)
    {
        var child = CancellationTokenSource.CreateLinkedTokenSource(default(CancellationToken));
        r.Line(child.IsCancellationRequested, child.Token.CanBeCanceled);
        child.Cancel();
        r.Line(child.IsCancellationRequested);
    }
    public static void a_chain(Recorder r)
    {
        var a = new CancellationTokenSource();
        var b = CancellationTokenSource.CreateLinkedTokenSource(a.Token);
        var c = CancellationTokenSource.CreateLinkedTokenSource(b.Token);
        a.Cancel();
        r.Line(b.IsCancellationRequested, c.IsCancellationRequested);
    }
    public static void many_children(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var children = Enumerable.Range(0, 100).Select(_ => CancellationTokenSource.CreateLinkedTokenSource(parent.Token)).ToArray();
        parent.Cancel();
        r.Line(children.Count(c => c.IsCancellationRequested));
    }
    public static void callbacks_of_the_child_run_inside_the_parents_cancel(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        child.Token.Register(() => r.Line("called on", Here.Label));
        Here.On("canceller", () => { parent.Cancel(); r.Line("returned"); });
    }
    public static void a_cancellation_names_the_token_of_the_child(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        parent.Cancel();
        try { child.Token.ThrowIfCancellationRequested(); }
        catch (OperationCanceledException e) { r.Line(e.CancellationToken == child.Token, e.CancellationToken == parent.Token); }
    }
    public static void disposed_before_the_parent_is_canceled(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        var token = child.Token;
        child.Dispose();
        r.Throws("cancel", () => parent.Cancel());
        r.Line(token.IsCancellationRequested);
    }
    public static void what_a_childs_callback_throws_comes_out_of_the_parents_cancel(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        child.Token.Register(() => throw new TestError("child"));
        r.Throws("cancel", () => parent.Cancel());
        r.Line(child.IsCancellationRequested);
    }
    public static void callbacks_of_the_parent_made_after_the_link_run_before_the_child(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        parent.Token.Register(() => r.Line("parent", child.IsCancellationRequested));
        child.Token.Register(() => r.Line("child", parent.IsCancellationRequested));
        parent.Cancel();
    }
    public static void with_a_time_of_its_own(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        var canceled = new ManualResetEventSlim();
        child.Token.Register(canceled.Set);
        child.CancelAfter(TimeSpan.FromMilliseconds(5));
        canceled.Wait();
        r.Line(child.IsCancellationRequested, parent.IsCancellationRequested);
    }
    public static async Task a_delay_under_a_linked_token(Recorder r)
    {
        var parent = new CancellationTokenSource();
        var child = CancellationTokenSource.CreateLinkedTokenSource(parent.Token);
        var t = Task.Delay(Timeout.Infinite, child.Token);
        parent.Cancel();
        await r.Awaits("await", t);
    }
}

// Async streams: who runs what when, cancellation, errors, and ending half-way.

using System.Runtime.CompilerServices;

static class generators
{
    static async IAsyncEnumerable<int> Count(int n) { for (int i = 0; i < n; ++i) { await Task.Yield(); yield return i; } }
    static async IAsyncEnumerable<int> Immediately(int n) { for (int i = 0; i < n; ++i) yield return i; }
    sealed class Leaves(Recorder r, string name) : IDisposable { public void Dispose() => r.Line(name, "leaves"); }
    static async IAsyncEnumerable<int> Traced(Recorder r)
    {
        r.Line("starts");
        using var scope = new Leaves(r, "body");
        for (int i = 0; i < 3; ++i) { r.Line("gives", i); yield return i; r.Line("after", i); }
        r.Line("ends");
    }
    static async IAsyncEnumerable<int> Fails(int after) { for (int i = 0; i < after; ++i) yield return i; await Task.Yield(); throw new TestError("boom"); }

    public static async Task values_in_order(Recorder r)
    {
        var seen = new List<int>();
        await foreach (var x in Count(5)) seen.Add(x);
        r.Line(seen);
    }
    public static async Task nothing_runs_before_the_first_next(Recorder r)
    {
        var g = Traced(r);
        r.Line("made");
        await foreach (var x in g) r.Line("got", x);
        r.Line("end");
    }
    public static async Task of_nothing(Recorder r)
    {
        await foreach (var x in Count(0)) r.Line("never");
        r.Line("end");
    }
    public static async Task next_after_the_end(Recorder r)
    {
        await using var e = Immediately(1).GetAsyncEnumerator();
        r.Line(await e.MoveNextAsync(), e.Current);
        r.Line(await e.MoveNextAsync(), await e.MoveNextAsync());
    }
    public static async Task a_value_that_is_there_is_completed(Recorder r)
    {
        await using var e = Immediately(2).GetAsyncEnumerator();
        var first = e.MoveNextAsync();
        r.Line(first.IsCompletedSuccessfully, await first);
    }
    public static async Task a_value_that_takes_its_time(Recorder r)
    {
        var gate = new TaskCompletionSource();
        async IAsyncEnumerable<int> Waits() { await gate.Task; yield return 1; }
        await using var e = Waits().GetAsyncEnumerator();
        var first = e.MoveNextAsync().AsTask();
        r.Line(first.IsCompleted);
        gate.SetResult();
        r.Line(await first, e.Current);
    }
    public static async Task an_error_comes_out_of_next(Recorder r)
    {
        var seen = new List<int>();
        try { await foreach (var x in Fails(2)) seen.Add(x); }
        catch (TestError e) { r.Line("caught", e); }
        r.Line(seen);
    }
    public static async Task after_an_error_it_has_ended(Recorder r)
    {
        await using var e = Fails(0).GetAsyncEnumerator();
        try { await e.MoveNextAsync(); } catch (TestError x) { r.Line(x); }
        r.Line(await e.MoveNextAsync());
    }
    public static async Task left_half_way_its_scopes_are_left(Recorder r)
    {
        await foreach (var x in Traced(r)) { r.Line("got", x); if (x == 1) break; }
        r.Line("end");
    }
    public static async Task never_started_it_leaves_nothing(Recorder r)
    {
        await using (var e = Traced(r).GetAsyncEnumerator()) { }
        r.Line("end");
    }
    public static async Task an_error_of_the_consumer_leaves_its_scopes(Recorder r)
    {
        try { await foreach (var x in Traced(r)) throw new TestError("consumer"); }
        catch (TestError e) { r.Line("caught", e); }
    }
    static async IAsyncEnumerable<int> Endless([EnumeratorCancellation] CancellationToken token = default)
    {
        for (int i = 0; ; ++i) { token.ThrowIfCancellationRequested(); await Task.Yield(); yield return i; }
    }
    public static async Task with_cancellation(Recorder r)
    {
        using var source = new CancellationTokenSource();
        var seen = new List<int>();
        try { await foreach (var x in Endless().WithCancellation(source.Token)) { seen.Add(x); if (x == 2) source.Cancel(); } }
        catch (OperationCanceledException e) { r.Line("caught", e, e.CancellationToken == source.Token); }
        r.Line(seen);
    }
    public static async Task a_requested_token_before_the_first(Recorder r)
    {
        try { await foreach (var x in Endless().WithCancellation(new CancellationToken(true))) r.Line("never"); }
        catch (OperationCanceledException e) { r.Line(e); }
    }
    public static async Task two_tokens(Recorder r)
    {
        using var inner = new CancellationTokenSource();
        using var outer = new CancellationTokenSource();
        try { await foreach (var x in Endless(inner.Token).WithCancellation(outer.Token)) if (x == 1) inner.Cancel(); }
        catch (OperationCanceledException) { r.Line("by the inner"); }
        using var again = new CancellationTokenSource();
        try { await foreach (var x in Endless(again.Token).WithCancellation(outer.Token)) if (x == 1) outer.Cancel(); }
        catch (OperationCanceledException) { r.Line("by the outer"); }
    }
    public static async Task a_body_that_does_not_look_is_not_stopped(Recorder r)
    {
        var seen = new List<int>();
        await foreach (var x in Count(3).WithCancellation(new CancellationToken(true))) seen.Add(x);
        r.Line(seen);
    }
    public static async Task one_over_another(Recorder r)
    {
        async IAsyncEnumerable<int> Squares(IAsyncEnumerable<int> source) { await foreach (var x in source) yield return x * x; }
        var seen = new List<int>();
        await foreach (var x in Squares(Count(4))) seen.Add(x);
        r.Line(seen);
    }
    public static async Task values_cross_threads(Recorder r)
    {
        async IAsyncEnumerable<string> Places() { yield return Here.Label; await Task.Delay(1); yield return Here.Label; }
        var seen = new List<string>();
        await foreach (var x in Places()) seen.Add(x);
        r.Line((object)seen);
    }
    public static async Task the_items_of_a_channel(Recorder r)
    {
        var c = System.Threading.Channels.Channel.CreateUnbounded<int>();
        for (int i = 0; i < 4; ++i) c.Writer.TryWrite(i);
        c.Writer.Complete();
        var seen = new List<int>();
        await foreach (var x in c.Reader.ReadAllAsync()) seen.Add(x);
        r.Line(seen);
    }
    public static async Task the_items_of_a_channel_that_failed(Recorder r)
    {
        var c = System.Threading.Channels.Channel.CreateUnbounded<int>();
        c.Writer.TryWrite(1);
        c.Writer.Complete(new TestError("boom"));
        var seen = new List<int>();
        try { await foreach (var x in c.Reader.ReadAllAsync()) seen.Add(x); }
        catch (Exception e) { r.Line(e); }
        r.Line(seen);
    }
    public static async Task the_items_of_a_channel_under_a_token(Recorder r)
    {
        var c = System.Threading.Channels.Channel.CreateUnbounded<int>();
        c.Writer.TryWrite(1);
        using var source = new CancellationTokenSource();
        var seen = new List<int>();
        try { await foreach (var x in c.Reader.ReadAllAsync(source.Token)) { seen.Add(x); source.Cancel(); } }
        catch (Exception e) { r.Line(e); }
        r.Line(seen);
    }
}

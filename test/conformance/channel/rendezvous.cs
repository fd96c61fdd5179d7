// Channels without room: an item goes from hand to hand.

using System.Threading.Channels;

static class rendezvous
{
    static Channel<int> None() => Channel.CreateBounded<int>(0);

    public static void nobody_waits(Recorder r)
    {
        var c = None();
        r.Line(c.Writer.TryWrite(1), c.Reader.TryRead(out _), c.Reader.TryPeek(out _));
    }
    public static async Task a_write_waits_for_a_reader(Recorder r)
    {
        var c = None();
        var t = c.Writer.WriteAsync(1).AsTask();
        r.Line(t.IsCompleted);
        r.Line(await c.Reader.ReadAsync());
        await r.Awaits("write", t);
    }
    public static async Task a_read_waits_for_a_writer(Recorder r)
    {
        var c = None();
        var t = c.Reader.ReadAsync().AsTask();
        r.Line(t.IsCompleted);
        r.Line(c.Writer.TryWrite(7), c.Writer.TryWrite(8));
        await r.Awaits("read", t);
    }
    public static async Task a_read_takes_from_a_waiting_writer(Recorder r)
    {
        var c = None();
        var t = c.Writer.WriteAsync(5).AsTask();
        r.Line(c.Reader.TryRead(out var x), x);
        await r.Awaits("write", t);
        r.Line(c.Reader.TryRead(out _));
    }
    public static async Task writers_in_order(Recorder r)
    {
        var c = None();
        var tasks = Enumerable.Range(1, 4).Select(i => c.Writer.WriteAsync(i).AsTask()).ToArray();
        var seen = new List<int>();
        for (int i = 0; i < 4; ++i) seen.Add(await c.Reader.ReadAsync());
        await Task.WhenAll(tasks);
        r.Line(seen);
    }
    public static async Task readers_in_order(Recorder r)
    {
        var c = None();
        var tasks = Enumerable.Range(1, 4).Select(_ => c.Reader.ReadAsync().AsTask()).ToArray();
        for (int i = 1; i <= 4; ++i) r.Line(c.Writer.TryWrite(i));
        r.Line(await Task.WhenAll(tasks));
    }
    public static async Task a_write_to_a_waiting_reader_is_completed(Recorder r)
    {
        var c = None();
        var t = c.Reader.ReadAsync().AsTask();
        r.Line(c.Writer.WriteAsync(3).IsCompletedSuccessfully);
        await r.Awaits("read", t);
    }
    public static async Task wait_to_read_hears_of_a_writer(Recorder r)
    {
        var c = None();
        var t = c.Reader.WaitToReadAsync().AsTask();
        r.Line(t.IsCompleted);
        var w = c.Writer.WriteAsync(1).AsTask();
        await r.Awaits("wait", t);
        r.Line(c.Reader.TryRead(out var x), x);
        await r.Awaits("write", w);
    }
    public static async Task wait_to_write_hears_of_a_reader(Recorder r)
    {
        var c = None();
        var t = c.Writer.WaitToWriteAsync().AsTask();
        r.Line(t.IsCompleted);
        var read = c.Reader.ReadAsync().AsTask();
        await r.Awaits("wait", t);
        r.Line(c.Writer.TryWrite(2));
        await r.Awaits("read", read);
    }
    public static async Task completing_ends_those_who_wait(Recorder r)
    {
        var c = None();
        var w = c.Writer.WriteAsync(1).AsTask();
        var wait = c.Writer.WaitToWriteAsync().AsTask();
        c.Writer.Complete();
        await r.Awaits("write", w);
        await r.Awaits("wait_to_write", wait);
        await r.Awaits("completion", c.Reader.Completion);
        r.Line(c.Reader.TryRead(out _));
    }
    public static async Task completing_ends_readers(Recorder r)
    {
        var c = None();
        var read = c.Reader.ReadAsync().AsTask();
        var wait = c.Reader.WaitToReadAsync().AsTask();
        c.Writer.Complete(new TestError("boom"));
        await r.Awaits("read", read);
        await r.Awaits("wait_to_read", wait);
        await r.Awaits("completion", c.Reader.Completion);
    }
    public static async Task a_canceled_writer_is_skipped(Recorder r)
    {
        var c = None();
        using var source = new CancellationTokenSource();
        var first = c.Writer.WriteAsync(1, source.Token).AsTask();
        var second = c.Writer.WriteAsync(2).AsTask();
        source.Cancel();
        await r.Awaits("first", first);
        r.Line(await c.Reader.ReadAsync());
        await r.Awaits("second", second);
    }
    public static async Task a_canceled_reader_is_skipped(Recorder r)
    {
        var c = None();
        using var source = new CancellationTokenSource();
        var first = c.Reader.ReadAsync(source.Token).AsTask();
        var second = c.Reader.ReadAsync().AsTask();
        source.Cancel();
        await r.Awaits("first", first);
        r.Line(c.Writer.TryWrite(9));
        await r.Awaits("second", second);
    }
    public static async Task all_items_in_order(Recorder r)
    {
        var c = None();
        var producer = Task.Run(async () =>
        {
            for (int i = 0; i < 50; ++i) await c.Writer.WriteAsync(i);
            c.Writer.Complete();
        });
        var seen = new List<int>();
        await foreach (var x in c.Reader.ReadAllAsync()) seen.Add(x);
        await producer;
        r.Line(seen.Count, seen.SequenceEqual(Enumerable.Range(0, 50)));
    }
    public static void in_a_drop_mode_what_nobody_waits_for_is_dropped(Recorder r)
    {
        foreach (var mode in new[] { BoundedChannelFullMode.DropNewest, BoundedChannelFullMode.DropOldest, BoundedChannelFullMode.DropWrite })
        {
            var dropped = new List<int>();
            var c = Channel.CreateBounded<int>(new BoundedChannelOptions(0) { FullMode = mode }, x => dropped.Add(x));
            r.Line(c.Writer.TryWrite(1), c.Writer.WriteAsync(2).IsCompletedSuccessfully, c.Reader.TryRead(out _));
            r.Line(dropped);
        }
    }
}

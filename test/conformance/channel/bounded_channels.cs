// Bounded channels: room, the four full modes, and none at all.

using System.Threading.Channels;

static class bounded_channels
{
    static Channel<int> Of(int n, BoundedChannelFullMode mode, List<int> dropped = null) =>
        Channel.CreateBounded<int>(new BoundedChannelOptions(n) { FullMode = mode }, dropped == null ? null : x => dropped.Add(x));
    static List<int> Drain(Channel<int> c)
    {
        var all = new List<int>();
        while (c.Reader.TryRead(out var x)) all.Add(x);
        return all;
    }

    public static void try_write_until_it_is_full(Recorder r)
    {
        var c = Channel.CreateBounded<int>(2);
        r.Line(c.Writer.TryWrite(1), c.Writer.TryWrite(2), c.Writer.TryWrite(3), c.Reader.Count);
        r.Line(Drain(c));
    }
    public static async Task a_write_waits_for_room(Recorder r)
    {
        var c = Channel.CreateBounded<int>(1);
        await c.Writer.WriteAsync(1);
        var t = c.Writer.WriteAsync(2).AsTask();
        r.Line(t.IsCompleted, c.Reader.Count);
        r.Line(await c.Reader.ReadAsync());
        await r.Awaits("write", t);
        r.Line(await c.Reader.ReadAsync());
    }
    public static async Task waiting_writers_are_served_in_order(Recorder r)
    {
        var c = Channel.CreateBounded<int>(1);
        c.Writer.TryWrite(0);
        var tasks = Enumerable.Range(1, 4).Select(i => c.Writer.WriteAsync(i).AsTask()).ToArray();
        var seen = new List<int>();
        for (int i = 0; i < 5; ++i) seen.Add(await c.Reader.ReadAsync());
        await Task.WhenAll(tasks);
        r.Line(seen);
    }
    public static async Task wait_to_write_waits_for_room(Recorder r)
    {
        var c = Channel.CreateBounded<int>(1);
        r.Line(await c.Writer.WaitToWriteAsync());
        c.Writer.TryWrite(1);
        var t = c.Writer.WaitToWriteAsync().AsTask();
        r.Line(t.IsCompleted);
        c.Reader.TryRead(out _);
        r.Line(await t);
    }
    public static void drop_newest(Recorder r)
    {
        var dropped = new List<int>();
        var c = Of(2, BoundedChannelFullMode.DropNewest, dropped);
        for (int i = 1; i <= 4; ++i) r.Line(c.Writer.TryWrite(i));
        r.Line(dropped);
        r.Line(Drain(c));
    }
    public static void drop_oldest(Recorder r)
    {
        var dropped = new List<int>();
        var c = Of(2, BoundedChannelFullMode.DropOldest, dropped);
        for (int i = 1; i <= 4; ++i) r.Line(c.Writer.TryWrite(i));
        r.Line(dropped);
        r.Line(Drain(c));
    }
    public static void drop_write(Recorder r)
    {
        var dropped = new List<int>();
        var c = Of(2, BoundedChannelFullMode.DropWrite, dropped);
        for (int i = 1; i <= 4; ++i) r.Line(c.Writer.TryWrite(i));
        r.Line(dropped);
        r.Line(Drain(c));
    }
    public static void one_place_drop_newest(Recorder r)
    {
        var dropped = new List<int>();
        var c = Of(1, BoundedChannelFullMode.DropNewest, dropped);
        for (int i = 1; i <= 3; ++i) c.Writer.TryWrite(i);
        r.Line(dropped);
        r.Line(Drain(c));
    }
    public static void writes_in_a_drop_mode_are_completed(Recorder r)
    {
        foreach (var mode in new[] { BoundedChannelFullMode.DropNewest, BoundedChannelFullMode.DropOldest, BoundedChannelFullMode.DropWrite })
        {
            var c = Of(1, mode);
            r.Line(c.Writer.WriteAsync(1).IsCompletedSuccessfully, c.Writer.WriteAsync(2).IsCompletedSuccessfully, c.Writer.WaitToWriteAsync().IsCompletedSuccessfully);
        }
    }
    public static async Task a_reader_that_waits_gets_it_before_anything_is_dropped(Recorder r)
    {
        var dropped = new List<int>();
        var c = Of(1, BoundedChannelFullMode.DropWrite, dropped);
        var t = c.Reader.ReadAsync().AsTask();
        r.Line(c.Writer.TryWrite(1), c.Writer.TryWrite(2), c.Writer.TryWrite(3));
        r.Line(await t, dropped);
    }
    public static void a_handler_that_throws(Recorder r)
    {
        var c = Channel.CreateBounded<int>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }, _ => throw new TestError("handler"));
        r.Gives("first", () => c.Writer.TryWrite(1));
        r.Gives("second", () => c.Writer.TryWrite(2));
        r.Line(Drain(c));
    }
    public static void bad_sizes(Recorder r) => r.Throws("negative", () => Channel.CreateBounded<int>(-1));
    public static async Task completing_ends_waiting_writers(Recorder r)
    {
        var c = Channel.CreateBounded<int>(1);
        c.Writer.TryWrite(1);
        var write = c.Writer.WriteAsync(2).AsTask();
        var wait = c.Writer.WaitToWriteAsync().AsTask();
        c.Writer.Complete();
        await r.Awaits("write", write);
        await r.Awaits("wait_to_write", wait);
        await r.Awaits("read", c.Reader.ReadAsync());
        await r.Awaits("read", c.Reader.ReadAsync());
    }
    public static async Task completing_with_an_error_ends_waiting_writers(Recorder r)
    {
        var c = Channel.CreateBounded<int>(1);
        c.Writer.TryWrite(1);
        var write = c.Writer.WriteAsync(2).AsTask();
        var wait = c.Writer.WaitToWriteAsync().AsTask();
        c.Writer.Complete(new TestError("boom"));
        await r.Awaits("write", write);
        await r.Awaits("wait_to_write", wait);
    }
    public static async Task a_requested_token_beats_room(Recorder r)
    {
        var c = Channel.CreateBounded<int>(1);
        await r.Awaits("write", c.Writer.WriteAsync(1, new CancellationToken(true)));
        await r.Awaits("wait_to_write", c.Writer.WaitToWriteAsync(new CancellationToken(true)));
        r.Line(c.Reader.Count);
    }
    public static async Task a_write_canceled_while_it_waits_wrote_nothing(Recorder r)
    {
        var c = Channel.CreateBounded<int>(1);
        c.Writer.TryWrite(1);
        using var source = new CancellationTokenSource();
        var t = c.Writer.WriteAsync(2, source.Token).AsTask();
        source.Cancel();
        await r.Awaits("write", t);
        r.Line(Drain(c));
    }
    public static async Task a_canceled_writer_is_skipped(Recorder r)
    {
        var c = Channel.CreateBounded<int>(1);
        c.Writer.TryWrite(1);
        using var source = new CancellationTokenSource();
        var first = c.Writer.WriteAsync(2, source.Token).AsTask();
        var second = c.Writer.WriteAsync(3).AsTask();
        source.Cancel();
        await r.Awaits("first", first);
        r.Line(await c.Reader.ReadAsync(), await c.Reader.ReadAsync());
        await r.Awaits("second", second);
    }
    public static async Task a_writer_goes_on_on_the_pool(Recorder r)
    {
        var c = Channel.CreateBounded<int>(1);
        c.Writer.TryWrite(1);
        async Task<string> Writes() { await c.Writer.WriteAsync(2); return Here.Label; }
        var t = Writes();
        Here.On("reader", () => c.Reader.TryRead(out _));
        r.Line(await t);
    }
    public static async Task a_slow_consumer_holds_its_producer_back(Recorder r)
    {
        var c = Channel.CreateBounded<int>(4);
        int most = 0;
        var producer = Task.Run(async () =>
        {
            for (int i = 0; i < 200; ++i) await c.Writer.WriteAsync(i);
            c.Writer.Complete();
        });
        long sum = 0;
        while (await c.Reader.WaitToReadAsync())
        {
            most = Math.Max(most, c.Reader.Count);
            if (c.Reader.TryRead(out var x)) sum += x;
        }
        await producer;
        r.Line(sum, most <= 4);
    }
    public static void a_peek_in_a_bounded_one(Recorder r)
    {
        var c = Channel.CreateBounded<int>(2);
        c.Writer.TryWrite(1);
        c.Writer.TryWrite(2);
        r.Line(c.Reader.TryPeek(out var p) ? p : -1, c.Reader.Count);
    }
    public static async Task one_reader_and_one_writer_change_nothing(Recorder r)
    {
        foreach (var reader in new[] { false, true })
        foreach (var writer in new[] { false, true })
        {
            var c = Channel.CreateBounded<int>(new BoundedChannelOptions(1) { SingleReader = reader, SingleWriter = writer });
            r.Line(c.Writer.TryWrite(1), c.Writer.TryWrite(2));
            var t = c.Writer.WriteAsync(2).AsTask();
            r.Line(t.IsCompleted, c.Reader.Count, c.Reader.TryPeek(out var p) ? p : -1);
            r.Line(await c.Reader.ReadAsync());
            await r.Awaits("write", t);
            c.Writer.Complete();
            await r.Awaits("wait_to_write", c.Writer.WaitToWriteAsync());
            r.Line(await c.Reader.ReadAsync(), await c.Reader.WaitToReadAsync());
        }
    }
    public static void one_reader_and_one_writer_drop_alike(Recorder r)
    {
        foreach (var mode in new[] { BoundedChannelFullMode.DropNewest, BoundedChannelFullMode.DropOldest, BoundedChannelFullMode.DropWrite })
        {
            var dropped = new List<int>();
            var c = Channel.CreateBounded<int>(
                new BoundedChannelOptions(2) { FullMode = mode, SingleReader = true, SingleWriter = true }, x => dropped.Add(x));
            for (int i = 1; i <= 4; ++i) r.Line(c.Writer.TryWrite(i));
            r.Line(dropped);
            r.Line(Drain(c));
        }
    }
}

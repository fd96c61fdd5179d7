// Unbounded channels, and what all channels share.

using System.Threading.Channels;

static class channels
{
    public static void items_come_out_in_order(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        for (int i = 0; i < 5; ++i) r.Line(c.Writer.TryWrite(i), c.Reader.Count);
        var seen = new List<int>();
        while (c.Reader.TryRead(out var x)) seen.Add(x);
        r.Line(seen, c.Reader.Count);
    }
    public static void nothing_to_read(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        r.Line(c.Reader.TryRead(out _), c.Reader.TryPeek(out _), c.Reader.Count);
    }
    public static void a_peek_leaves_the_item(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.TryWrite(3);
        r.Line(c.Reader.TryPeek(out var p) ? p : -1, c.Reader.Count, c.Reader.TryRead(out var x) ? x : -1, c.Reader.Count);
    }
    public static async Task a_read_of_what_is_there_is_completed(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.TryWrite(3);
        var v = c.Reader.ReadAsync();
        r.Line(v.IsCompletedSuccessfully);
        r.Line(await v);
    }
    public static async Task a_read_waits_for_a_write(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        var t = c.Reader.ReadAsync().AsTask();
        r.Line(t.IsCompleted);
        r.Line(c.Writer.TryWrite(4));
        r.Line(await t, c.Reader.Count);
    }
    public static async Task a_write_is_completed(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        var v = c.Writer.WriteAsync(1);
        r.Line(v.IsCompletedSuccessfully);
        await v;
        r.Line(c.Reader.Count);
    }
    public static async Task waiting_readers_are_served_in_order(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        var tasks = Enumerable.Range(0, 4).Select(_ => c.Reader.ReadAsync().AsTask()).ToArray();
        for (int i = 0; i < 4; ++i) c.Writer.TryWrite(i);
        r.Line(await Task.WhenAll(tasks));
    }
    public static async Task wait_to_read_of_what_is_there(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.TryWrite(1);
        var v = c.Reader.WaitToReadAsync();
        r.Line(v.IsCompleted);
        r.Line(await v, c.Reader.Count);
    }
    public static async Task wait_to_read_waits(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        var t = c.Reader.WaitToReadAsync().AsTask();
        r.Line(t.IsCompleted);
        c.Writer.TryWrite(1);
        r.Line(await t, c.Reader.TryRead(out var x) ? x : -1);
    }
    public static async Task wait_to_write_is_true(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        r.Line(await c.Writer.WaitToWriteAsync());
    }
    public static async Task several_waiters_hear_of_one_item(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        var a = c.Reader.WaitToReadAsync().AsTask();
        var b = c.Reader.WaitToReadAsync().AsTask();
        c.Writer.TryWrite(1);
        r.Line(await a, await b);
    }
    public static async Task a_reader_goes_on_on_the_pool(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        async Task<string> Reads() { await c.Reader.ReadAsync(); return Here.Label; }
        var t = Reads();
        Here.On("writer", () => c.Writer.TryWrite(1));
        r.Line(await t);
    }
    public static async Task a_reader_goes_on_inside_the_write_when_allowed(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { AllowSynchronousContinuations = true });
        async Task<string> Reads() { await c.Reader.ReadAsync(); return Here.Label; }
        var t = Reads();
        Here.On("writer", () => c.Writer.TryWrite(1));
        r.Line(await t);
    }
    public static async Task completed_and_empty(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.Complete();
        r.Line(c.Reader.Completion.IsCompletedSuccessfully);
        await r.Awaits("read", c.Reader.ReadAsync());
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync());
        await r.Awaits("wait_to_write", c.Writer.WaitToWriteAsync());
        await r.Awaits("write", c.Writer.WriteAsync(1));
        r.Line(c.Writer.TryWrite(1), c.Reader.TryRead(out _));
    }
    public static async Task completed_with_items_left(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.TryWrite(1);
        c.Writer.TryWrite(2);
        c.Writer.Complete();
        r.Line(c.Reader.Completion.IsCompleted, c.Reader.Count);
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync());
        await r.Awaits("read", c.Reader.ReadAsync());
        r.Line(c.Reader.Completion.IsCompleted);
        await r.Awaits("read", c.Reader.ReadAsync());
        r.Line(c.Reader.Completion.IsCompleted);
        await r.Awaits("read", c.Reader.ReadAsync());
    }
    public static async Task completed_with_an_error(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.Complete(new TestError("boom"));
        await r.Awaits("read", c.Reader.ReadAsync());
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync());
        await r.Awaits("write", c.Writer.WriteAsync(1));
        await r.Awaits("wait_to_write", c.Writer.WaitToWriteAsync());
        await r.Awaits("completion", c.Reader.Completion);
        r.Line(c.Reader.Completion.Status);
    }
    public static async Task completed_with_an_error_and_items_left(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.TryWrite(1);
        c.Writer.Complete(new TestError("boom"));
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync());
        await r.Awaits("read", c.Reader.ReadAsync());
        await r.Awaits("read", c.Reader.ReadAsync());
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync());
    }
    public static async Task completed_with_a_cancellation(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.Complete(new OperationCanceledException());
        await r.Awaits("read", c.Reader.ReadAsync());
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync());
        r.Line(c.Reader.Completion.Status);
    }
    public static void completed_twice(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        r.Throws("first", () => c.Writer.Complete());
        r.Throws("second", () => c.Writer.Complete());
        r.Line(c.Writer.TryComplete());
        var d = Channel.CreateUnbounded<int>();
        r.Line(d.Writer.TryComplete(), d.Writer.TryComplete(new TestError("late")), d.Reader.Completion.Status);
    }
    public static async Task completing_ends_waiting_readers(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        var read = c.Reader.ReadAsync().AsTask();
        var d = Channel.CreateUnbounded<int>();
        var wait = d.Reader.WaitToReadAsync().AsTask();
        c.Writer.Complete();
        d.Writer.Complete();
        await r.Awaits("read", read);
        await r.Awaits("wait_to_read", wait);
    }
    public static async Task completing_with_an_error_ends_waiting_readers(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        var read = c.Reader.ReadAsync().AsTask();
        var d = Channel.CreateUnbounded<int>();
        var wait = d.Reader.WaitToReadAsync().AsTask();
        c.Writer.Complete(new TestError("boom"));
        d.Writer.Complete(new TestError("boom"));
        await r.Awaits("read", read);
        await r.Awaits("wait_to_read", wait);
    }
    public static async Task a_requested_token_beats_an_item(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.TryWrite(1);
        await r.Awaits("read", c.Reader.ReadAsync(new CancellationToken(true)));
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync(new CancellationToken(true)));
        await r.Awaits("write", c.Writer.WriteAsync(2, new CancellationToken(true)));
        await r.Awaits("wait_to_write", c.Writer.WaitToWriteAsync(new CancellationToken(true)));
        r.Line(c.Reader.Count);
    }
    public static async Task a_requested_token_on_a_completed_channel(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.Complete();
        await r.Awaits("read", c.Reader.ReadAsync(new CancellationToken(true)));
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync(new CancellationToken(true)));
        await r.Awaits("write", c.Writer.WriteAsync(2, new CancellationToken(true)));
    }
    public static async Task canceled_while_it_waits(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        using var source = new CancellationTokenSource();
        var t = c.Reader.ReadAsync(source.Token).AsTask();
        source.Cancel();
        await r.Awaits("read", t);
        c.Writer.TryWrite(1);
        r.Line(c.Reader.Count);
    }
    public static async Task a_canceled_reader_is_skipped(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        using var source = new CancellationTokenSource();
        var first = c.Reader.ReadAsync(source.Token).AsTask();
        var second = c.Reader.ReadAsync().AsTask();
        source.Cancel();
        await r.Awaits("first", first);
        c.Writer.TryWrite(1);
        await r.Awaits("second", second);
    }
    public static async Task wait_to_read_canceled_while_it_waits(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        using var source = new CancellationTokenSource();
        var t = c.Reader.WaitToReadAsync(source.Token).AsTask();
        source.Cancel();
        await r.Awaits("wait_to_read", t);
    }
    public static async Task a_producer_and_a_consumer(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        var producer = Task.Run(async () =>
        {
            for (int i = 0; i < 1000; ++i) await c.Writer.WriteAsync(i);
            c.Writer.Complete();
        });
        long sum = 0;
        while (await c.Reader.WaitToReadAsync())
            while (c.Reader.TryRead(out var x)) sum += x;
        await producer;
        await c.Reader.Completion;
        r.Line(sum);
    }
    public static async Task many_producers_and_consumers(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        long sum = 0;
        var consumers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (await c.Reader.WaitToReadAsync())
                while (c.Reader.TryRead(out var x)) Interlocked.Add(ref sum, x);
        })).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 500; ++i) await c.Writer.WriteAsync(i);
        })));
        c.Writer.Complete();
        await Task.WhenAll(consumers);
        r.Line(sum);
    }
    public static async Task the_completion_waits_for_the_last_item(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>();
        c.Writer.TryWrite(1);
        c.Writer.Complete();
        async Task<string> Waits() { await c.Reader.Completion; return "completed"; }
        var t = Waits();
        r.Line(t.IsCompleted);
        c.Reader.TryRead(out _);
        r.Line(await t);
    }

    // One reader, one writer: promises that change nothing for who keeps them.
    static Channel<int> OneReader(bool inline = false) => Channel.CreateUnbounded<int>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = inline });

    public static void one_reader_gets_items_in_order(Recorder r)
    {
        var c = OneReader();
        for (int i = 0; i < 5; ++i) r.Line(c.Writer.TryWrite(i));
        r.Line(c.Reader.TryPeek(out var p) ? p : -1);
        var seen = new List<int>();
        while (c.Reader.TryRead(out var x)) seen.Add(x);
        r.Line(seen, c.Reader.TryPeek(out _));
    }
    public static async Task one_reader_waits_for_a_write(Recorder r)
    {
        var c = OneReader();
        var read = c.Reader.ReadAsync().AsTask();
        r.Line(read.IsCompleted, c.Writer.TryWrite(4));
        r.Line(await read);
        var wait = c.Reader.WaitToReadAsync().AsTask();
        r.Line(wait.IsCompleted, c.Writer.TryWrite(5));
        r.Line(await wait, c.Reader.TryRead(out var x) ? x : -1);
    }
    public static async Task one_reader_goes_on_on_the_pool_or_inside_the_write(Recorder r)
    {
        foreach (var inline in new[] { false, true })
        {
            var c = OneReader(inline);
            async Task<string> Reads() { await c.Reader.ReadAsync(); return Here.Label; }
            var t = Reads();
            Here.On("writer", () => c.Writer.TryWrite(1));
            r.Line(await t);
        }
    }
    public static async Task one_reader_and_the_end_with_items_left(Recorder r)
    {
        var c = OneReader();
        c.Writer.TryWrite(1);
        c.Writer.Complete(new TestError("boom"));
        r.Line(c.Writer.TryComplete(), c.Writer.TryWrite(2), c.Reader.Completion.IsCompleted);
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync());
        await r.Awaits("read", c.Reader.ReadAsync());
        await r.Awaits("read", c.Reader.ReadAsync());
        await r.Awaits("wait_to_read", c.Reader.WaitToReadAsync());
        await r.Awaits("write", c.Writer.WriteAsync(1));
        await r.Awaits("wait_to_write", c.Writer.WaitToWriteAsync());
        await r.Awaits("completion", c.Reader.Completion);
    }
    public static async Task one_reader_waits_when_the_end_comes(Recorder r)
    {
        var c = OneReader();
        var read = c.Reader.ReadAsync().AsTask();
        c.Writer.Complete();
        await r.Awaits("read", read);
        var d = OneReader();
        var wait = d.Reader.WaitToReadAsync().AsTask();
        d.Writer.Complete();
        await r.Awaits("wait_to_read", wait);
        await r.Awaits("completion", d.Reader.Completion);
    }
    public static async Task one_reader_is_canceled_and_reads_again(Recorder r)
    {
        var c = OneReader();
        using var source = new CancellationTokenSource();
        var read = c.Reader.ReadAsync(source.Token).AsTask();
        source.Cancel();
        await r.Awaits("canceled", read);
        c.Writer.TryWrite(1);
        await r.Awaits("requested", c.Reader.ReadAsync(new CancellationToken(true)));
        await r.Awaits("read", c.Reader.ReadAsync());
        using var again = new CancellationTokenSource();
        var wait = c.Reader.WaitToReadAsync(again.Token).AsTask();
        again.Cancel();
        await r.Awaits("wait_to_read", wait);
        var next = c.Reader.ReadAsync().AsTask();
        c.Writer.TryWrite(2);
        await r.Awaits("next", next);
    }
    public static async Task one_reader_of_all_with_many_writers(Recorder r)
    {
        var c = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { SingleReader = true });
        long sum = 0;
        async Task Reads() { await foreach (var x in c.Reader.ReadAllAsync()) sum += x; }
        var reader = Task.Run(Reads);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 500; ++i) await c.Writer.WriteAsync(i);
        })));
        c.Writer.Complete();
        await reader;
        r.Line(sum);
    }
}

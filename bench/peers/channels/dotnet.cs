// P5 with System.Threading.Channels and SemaphoreSlim.

using System.Threading.Channels;

static class Channels
{
    const int Lockers = 4;

    public static readonly Row[] Rows =
    [
        new("P5/channel11", n => Run(n, 1), n => n * (n - 1) / 2, 200_000),
        new("P5/channel44", n => Run(n, 4), n => n * (n - 1) / 2, 200_000),
        new("P5/mutex", Lock, n => n / Lockers * Lockers, 50_000),
    ];

    static async Task Produce(ChannelWriter<long> writer, long first, long end)
    {
        for (var i = first; i < end; ++i)
        {
            await writer.WriteAsync(i);
        }
    }

    static async Task<(long Count, long Sum)> Consume(ChannelReader<long> reader)
    {
        long count = 0, sum = 0;
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out var item))
            {
                ++count;
                sum += item;
            }
        }
        return (count, sum);
    }

    static long Run(long n, int pairs)
    {
        var channel = Channel.CreateUnbounded<long>(
            new UnboundedChannelOptions { SingleReader = pairs == 1, SingleWriter = pairs == 1 });
        var consumers = new Task<(long Count, long Sum)>[pairs];
        var producers = new Task[pairs];
        for (var i = 0; i < pairs; ++i)
        {
            var (first, end) = (n * i / pairs, n * (i + 1) / pairs);
            consumers[i] = Task.Run(() => Consume(channel.Reader));
            producers[i] = Task.Run(() => Produce(channel.Writer, first, end));
        }
        Task.WaitAll(producers);
        channel.Writer.Complete();
        if (consumers.Sum(c => c.Result.Count) != n)
        {
            throw new InvalidOperationException("items were lost");
        }
        return consumers.Sum(c => c.Result.Sum);
    }

    static long Lock(long n)
    {
        var mutex = new SemaphoreSlim(1, 1);
        long count = 0;
        async Task TakeTurns()
        {
            for (long i = 0; i < n / Lockers; ++i)
            {
                await mutex.WaitAsync();
                ++count;
                mutex.Release();
            }
        }
        Task.WaitAll(Enumerable.Range(0, Lockers).Select(_ => Task.Run(TakeTurns)).ToArray());
        return count;
    }
}

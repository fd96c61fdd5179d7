// P4 with Task.Yield, channels, and two threads that each run a queue of continuations.

using System.Collections.Concurrent;
using System.Threading.Channels;

static class HandOver
{
    public static readonly Row[] Rows =
    [
        new("P4/yield", n => Task.Run(() => Yields(n)).Result, n => n, 200_000),
        new("P4/pingpong", PingPong, n => n, 50_000),
        new("P4/wake", Wake, n => n, 2_000),
    ];

    static async Task<long> Yields(long n)
    {
        long done = 0;
        for (; done < n; ++done)
        {
            await Task.Yield();
        }
        return done;
    }

    static async Task<long> Ping(ChannelWriter<long> to, ChannelReader<long> from, long n)
    {
        long done = 0;
        for (; done < n; ++done)
        {
            await to.WriteAsync(done);
            await from.ReadAsync();
        }
        return done;
    }

    static async Task Pong(ChannelWriter<long> to, ChannelReader<long> from, long n)
    {
        for (long i = 0; i < n; ++i)
        {
            await to.WriteAsync(await from.ReadAsync());
        }
    }

    static long PingPong(long n)
    {
        var options = new UnboundedChannelOptions { SingleReader = true, SingleWriter = true };
        var there = Channel.CreateUnbounded<long>(options);
        var back = Channel.CreateUnbounded<long>(options);
        var answering = Task.Run(() => Pong(back.Writer, there.Reader, n));
        var asking = Task.Run(() => Ping(there.Writer, back.Reader, n));
        answering.Wait();
        return asking.Result;
    }

    sealed class Loop : SynchronizationContext
    {
        readonly BlockingCollection<(SendOrPostCallback, object?)> queue = new();
        public Loop()
        {
            var thread = new Thread(() =>
            {
                SetSynchronizationContext(this);
                foreach (var (callback, state) in queue.GetConsumingEnumerable())
                {
                    callback(state);
                }
            }) { IsBackground = true };
            thread.Start();
        }
        public override void Post(SendOrPostCallback callback, object? state) => queue.Add((callback, state));
    }

    // Awaiting it goes on in a loop.
    readonly struct SwitchTo(Loop loop) : System.Runtime.CompilerServices.INotifyCompletion
    {
        public SwitchTo GetAwaiter() => this;
        public bool IsCompleted => false;
        public void OnCompleted(Action continuation) => loop.Post(static c => ((Action)c!)(), continuation);
        public void GetResult() { }
    }

    static readonly Lazy<(Loop One, Loop Other)> Loops = new(() => (new Loop(), new Loop()));

    static async Task<long> Hops(long n)
    {
        var (one, other) = Loops.Value;
        long done = 0;
        for (; done < n; ++done)
        {
            await new SwitchTo(done % 2 == 0 ? other : one);
        }
        return done;
    }

    static long Wake(long n) => Task.Run(() => Hops(n)).Result;
}

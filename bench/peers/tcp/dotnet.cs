// P7 with sockets and tasks; .NET has its loops for all sockets together, and continues on the pool.

using System.Net;
using System.Net.Sockets;

static class Tcp
{
    const int Message = 64;

    public static readonly Row[] Rows =
    [
        new("P7/pingpong", n => Both(n, 20, 20, false), n => n, 20_000),
        new("P7/pingpong1000", n => Both(n, 1000, 1000, false), n => n, 20_000),
        new("P7/churn", n => Both(n, 20, n, true), n => n, 5_000),
    ];

    static Socket Make() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    static async Task Answer(Socket socket, bool once)
    {
        using var own = socket;
        var data = new byte[Message];
        for (;;)
        {
            var n = await socket.ReceiveAsync(data.AsMemory());
            if (n == 0)
            {
                return;
            }
            await socket.SendAsync(data.AsMemory(0, n));
            if (once)
            {
                return;
            }
        }
    }

    static async Task Serve(Socket listener, long connections, bool once)
    {
        for (long i = 0; i < connections; ++i)
        {
            var socket = await listener.AcceptAsync();
            socket.NoDelay = true;
            _ = Answer(socket, once);
        }
    }

    static async Task<long> Asks(EndPoint at, long n)
    {
        using var socket = Make();
        await socket.ConnectAsync(at);
        var data = new byte[Message];
        for (long i = 0; i < n; ++i)
        {
            await socket.SendAsync(data.AsMemory());
            for (var got = 0; got < Message;)
            {
                got += await socket.ReceiveAsync(data.AsMemory(got));
            }
        }
        return n;
    }

    static async Task<long> Connects(EndPoint at, long n)
    {
        var data = new byte[Message];
        for (long i = 0; i < n; ++i)
        {
            using var socket = Make();
            await socket.ConnectAsync(at);
            await socket.SendAsync(data.AsMemory());
            while (await socket.ReceiveAsync(data.AsMemory()) != 0)
            {
            }
        }
        return n;
    }

    static long Both(long n, int clients, long connections, bool once)
    {
        using var listener = Make();
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1024);
        var at = listener.LocalEndPoint!;
        var serving = Task.Run(() => Serve(listener, connections, once));
        var asking = Enumerable.Range(0, clients).Select(i =>
        {
            var share = n / clients + (i < n % clients ? 1 : 0);
            return Task.Run(() => once ? Connects(at, share) : Asks(at, share));
        }).ToArray();
        var done = asking.Sum(one => one.GetAwaiter().GetResult());
        serving.Wait();
        return done;
    }
}

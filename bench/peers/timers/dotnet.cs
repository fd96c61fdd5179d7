// P6 with Task.Delay and System.Threading.Timer.

static class Timers
{
    public static readonly Row[] Rows =
    [
        new("P6/delays", n => Task.Run(() => Delays(n)).Result, n => n, 20_000),
        new("P6/insertcancel", n => Task.Run(() => InsertCancel(n)).Result, n => n, 200_000),
    ];

    static async Task OneDelay(long i) => await Task.Delay((int)(50 + i * 7919 % 50));

    static async Task<long> Delays(long n)
    {
        var tasks = new Task[n];
        for (long i = 0; i < n; ++i)
        {
            tasks[i] = OneDelay(i);
        }
        await Task.WhenAll(tasks);
        return n;
    }

    static long InsertCancel(long n)
    {
        for (long i = 0; i < n; ++i)
        {
            using var timer = new Timer(static _ => { }, null, 30_000, Timeout.Infinite);
        }
        return n;
    }
}

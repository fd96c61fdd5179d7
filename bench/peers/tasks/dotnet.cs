// P2 with async methods and Task.Run.

static class Tasks
{
    const int BatchSize = 1000;
    static long SumBelow(long n) => n * (n - 1) / 2;

    public static readonly Row[] Rows =
    [
        new("P2/hot", n => Task.Run(() => Hot(n)).Result, SumBelow, 200_000),
        new("P2/run", n => Task.Run(() => Run(n)).Result, SumBelow, 100_000),
        new("P2/batch", n => Task.Run(() => Batch(n)).Result, SumBelow, 100_000),
        new("P2/outside", Outside, SumBelow, 2_000),
        new("P2/awaiters", n => Task.Run(() => Awaiters(n)).Result, SumBelow, 100_000),
    ];

#pragma warning disable CS1998 // completes synchronously: that is what is measured
    static async Task<long> One(long i) => i;
#pragma warning restore CS1998

    static async Task<long> Hot(long n)
    {
        long sum = 0;
        for (long i = 0; i < n; ++i)
        {
            sum += await One(i);
        }
        return sum;
    }

    static async Task<long> Run(long n)
    {
        long sum = 0;
        for (long i = 0; i < n; ++i)
        {
            var number = i;
            sum += await Task.Run(() => number);
        }
        return sum;
    }

    static async Task<long> Batch(long n)
    {
        long sum = 0;
        var tasks = new Task<long>[BatchSize];
        for (long first = 0; first < n; first += BatchSize)
        {
            for (var i = 0; i < BatchSize; ++i)
            {
                var number = first + i;
                tasks[i] = Task.Run(() => number);
            }
            foreach (var task in tasks)
            {
                sum += await task;
            }
        }
        return sum;
    }

    static long Outside(long n)
    {
        long sum = 0;
        for (long i = 0; i < n; ++i)
        {
            var number = i;
            sum += Task.Run(() => number).Result;
        }
        return sum;
    }

    static async Task<long> Awaiting(Task gate, long i)
    {
        await gate;
        return i;
    }

    static async Task<long> Awaiters(long n)
    {
        long sum = 0;
        var tasks = new Task<long>[BatchSize];
        for (long first = 0; first < n; first += BatchSize)
        {
            var source = new TaskCompletionSource();
            for (var i = 0; i < BatchSize; ++i)
            {
                tasks[i] = Awaiting(source.Task, first + i);
            }
            source.SetResult();
            foreach (var task in tasks)
            {
                sum += await task;
            }
        }
        return sum;
    }
}

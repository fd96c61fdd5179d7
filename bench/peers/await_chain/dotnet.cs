// P3 with ValueTask (chain) and Task (task_chain).

static class AwaitChain
{
    const long Levels = 10_000_000;

    // The parameter is the depth; the warm-up goes as deep.
    public static readonly Row[] Rows =
    [
        new("P3/chain", depth => Task.Run(() => Chains(Levels / depth, depth)).Result, depth => Levels / depth * depth,
            long.MaxValue),
        new("P3/task_chain", depth => Task.Run(() => TaskChains(Levels / depth, depth)).Result,
            depth => Levels / depth * depth, long.MaxValue),
        new("P3/hit", n => Task.Run(() => Hits(n)).Result, HitSum, 500_000),
        new("P3/hit_coroutine", n => Task.Run(() => HitsOfCoroutine(n)).Result, HitSum, 500_000),
    ];

    static long HitSum(long n) => n / 64 * (64 * 63 / 2) + n % 64 * (n % 64 - 1) / 2;

    static async ValueTask<long> Level(long depth) => depth == 1 ? 1 : await Level(depth - 1) + 1;

    static async Task<long> Chains(long chains, long depth)
    {
        long sum = 0;
        for (long i = 0; i < chains; ++i)
        {
            sum += await Level(depth);
        }
        return sum;
    }

    static async Task<long> TaskLevel(long depth) => depth == 1 ? 1 : await TaskLevel(depth - 1) + 1;

    static async Task<long> TaskChains(long chains, long depth)
    {
        long sum = 0;
        for (long i = 0; i < chains; ++i)
        {
            sum += await TaskLevel(depth);
        }
        return sum;
    }

    static readonly long[] Entries = Enumerable.Range(0, 64).Select(i => (long)i).ToArray();

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    static ValueTask<long> LookUp(long key) => new(Entries[key % 64]);

#pragma warning disable CS1998 // completes synchronously: that is what is measured
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    static async ValueTask<long> LookUpCoroutine(long key) => Entries[key % 64];
#pragma warning restore CS1998

    static async Task<long> Hits(long n)
    {
        long sum = 0;
        for (long i = 0; i < n; ++i)
        {
            sum += await LookUp(i);
        }
        return sum;
    }

    static async Task<long> HitsOfCoroutine(long n)
    {
        long sum = 0;
        for (long i = 0; i < n; ++i)
        {
            sum += await LookUpCoroutine(i);
        }
        return sum;
    }
}

// P11 with PLINQ.

static class Queries
{
    static int[] numbers = [];

    const int InnerSize = 1_000_000;
    static readonly int[] Inner = Enumerable.Range(0, InnerSize).ToArray();

    public static readonly Row[] Rows =
    [
        new("P11/filter_map_sum", n => With(n).AsParallel().Where(IsWanted).Select(Squared).Sum(), Expected, long.MaxValue),
        new("P11/filter_map_array",
            n => With(n).AsParallel().Where(IsWanted).Select(Squared).ToArray().LongLength, Count, long.MaxValue),
        new("P11/filter_map_ordered",
            n => With(n).AsParallel().AsOrdered().Where(IsWanted).Select(Squared).ToArray().LongLength, Count, long.MaxValue),
        new("P11/group", n => With(n).AsParallel().GroupBy(x => x % 1000).Select(g => (long)g.Count()).Sum(), n => n,
            long.MaxValue),
        new("P11/order", n => With(n).AsParallel().OrderBy(x => x).ToArray().LongLength, n => n, long.MaxValue),
        new("P11/distinct", n => With(n).AsParallel().Distinct().Count(), n => With(n).Distinct().Count(), long.MaxValue),
        new("P11/join", n => With(n).AsParallel()
            .Join(Inner.AsParallel(), x => x % (2 * InnerSize), x => x, (_, match) => (long)match).Sum(), null, long.MaxValue),
    ];

    static bool IsWanted(int x) => x % 2 == 0;
    static long Squared(int x) => (long)x * x;
    static long Expected(long n) => With(n).Where(IsWanted).Sum(Squared);
    static long Count(long n) => With(n).LongCount(IsWanted);

    // Made in the warm-up.
    static int[] With(long n)
    {
        if (numbers.Length != n)
        {
            numbers = new int[n];
            uint state = 12345;
            for (long i = 0; i < n; ++i)
            {
                state = state * 1664525 + 1013904223;
                numbers[i] = (int)(state >> 12);
            }
        }
        return numbers;
    }
}

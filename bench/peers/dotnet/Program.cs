// PROGRAM ROW PARAMETER THREADS, as bench/README.md says. The number of threads is set by the environment variable
// DOTNET_PROCESSOR_COUNT before the start (the script beside the program does it), because the pool cannot be made
// smaller than that later.

using System.Diagnostics;

// A row's work: it gives what `Expected` says, where it does, asked after the work. Warmed up until the JIT has made its best code.
// What `Prepare` does before each run of it is not measured.
record Row(string Name, Func<long, long> Work, Func<long, long>? Expected, long WarmUp, Action<long>? Prepare = null);

static class Program
{
    static readonly IEnumerable<Row> All = ForkJoin.Rows
        .Concat(Tasks.Rows).Concat(AwaitChain.Rows).Concat(HandOver.Rows).Concat(Channels.Rows).Concat(Timers.Rows)
        .Concat(Loops.Rows).Concat(Queries.Rows).Concat(Files.Rows).Concat(Memory.Rows).Concat(Tcp.Rows);

    // What rows about memory found.
    public static double? Bytes;

    static int Main(string[] args)
    {
        if (args.Length != 3 || !long.TryParse(args[1], out var n) || n < 1)
        {
            Console.Error.WriteLine("usage: PROGRAM ROW PARAMETER THREADS");
            return 2;
        }
        var row = All.FirstOrDefault(r => r.Name == args[0]);
        if (row is null)
        {
            return 3;
        }
        // Tiered compilation replaces hot code in the background, after 100 ms without new methods.
        for (var turn = 0; turn < 3 && row.WarmUp > 0; ++turn)
        {
            var fewer = Math.Min(n, row.WarmUp);
            row.Prepare?.Invoke(fewer);
            Check(row, fewer, row.Work(fewer));
            Thread.Sleep(120);
        }
        row.Prepare?.Invoke(n);
        GC.Collect();
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var result = row.Work(n);
        var elapsed = watch.Elapsed;
        var used = Process.GetCurrentProcess().TotalProcessorTime - before;
        Check(row, n, result);
        Console.WriteLine($"duration: {elapsed.TotalMicroseconds:F3} us");
        Console.WriteLine($"cpu: {used.TotalMicroseconds:F3} us");
        Console.WriteLine($"memory: {PeakMemory()} KiB");
        if (Bytes is not null)
        {
            Console.WriteLine($"bytes: {Bytes:F1}");
        }
        Console.WriteLine($"version: .NET {Environment.Version}");
        return 0;
    }

    static void Check(Row row, long n, long result)
    {
        if (row.Expected is not null && result != row.Expected(n))
        {
            throw new InvalidOperationException($"the result of {row.Name} is wrong: {result}");
        }
    }

    static long PeakMemory() =>
        File.ReadLines("/proc/self/status").Where(l => l.StartsWith("VmHWM:"))
            .Select(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])).First();
}

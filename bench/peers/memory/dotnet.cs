// P14 with async methods, TaskCompletionSource and Task.Delay. What is resident after a collection counts, as for the others.

static class Memory
{
    static readonly List<object> Held = [];

    public static readonly Row[] Rows =
    [
        Measured("P14/task", n =>
        {
            var gate = new TaskCompletionSource();
            var tasks = new Task<int>[n];
            for (long i = 0; i < n; ++i)
            {
                tasks[i] = Waiting(gate.Task);
            }
            return tasks;
        }),
        Measured("P14/timer", n =>
        {
            var tasks = new Task[n];
            for (long i = 0; i < n; ++i)
            {
                tasks[i] = Task.Delay(3_600_000);
            }
            return tasks;
        }),
        new("P14/idle", n => { Task.Run(() => { }).Wait(); Program.Bytes = Environment.WorkingSet; return n; }, n => n, 1),
    ];

    static async Task<int> Waiting(Task gate)
    {
        await gate;
        return 1;
    }

    static Row Measured(string name, Func<long, object> make) => new(name, n =>
    {
        GC.Collect();
        var before = Environment.WorkingSet;
        Held.Add(make(n));
        GC.Collect();
        Program.Bytes = (double)(Environment.WorkingSet - before) / n - IntPtr.Size; // less the array of references
        return n;
    }, n => n, 1000);
}

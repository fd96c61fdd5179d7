// What cases need: places to run in, a clock that stands still, a count of lost exceptions. Its twin is ../support.hpp.

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

/// Which thread this is: "main", "loop" and the like where a case has said so, else "pool".
public static class Here
{
    [ThreadStatic] static string label;
    public static string Label
    {
        get => label ?? (Thread.CurrentThread.IsThreadPoolThread ? "pool" : "unknown");
        set => label = value;
    }
    /// Runs the action on a thread of that name and waits for its end.
    public static void On(string name, Action action)
    {
        Exception failure = null;
        var thread = new Thread(() =>
        {
            Label = name;
            try { action(); } catch (Exception e) { failure = e; }
        });
        thread.Start();
        thread.Join();
        if (failure != null) throw failure;
    }
}

/// A context whose queue the case runs, one piece at a time, on whatever thread it likes.
public sealed class ManualContext : SynchronizationContext
{
    readonly BlockingCollection<(SendOrPostCallback, object)> queue = [];
    int posts, started, completed;
    public int Posts => Volatile.Read(ref posts);
    public int Started => Volatile.Read(ref started);
    public int Completed => Volatile.Read(ref completed);
    public int Queued => queue.Count;

    public override void Post(SendOrPostCallback callback, object state)
    {
        Interlocked.Increment(ref posts);
        queue.Add((callback, state));
    }
    public override void OperationStarted() => Interlocked.Increment(ref started);
    public override void OperationCompleted() => Interlocked.Increment(ref completed);

    /// Waits for a piece of work and runs it with this context current.
    public void RunOne()
    {
        var (callback, state) = queue.Take();
        using var here = new Current(this);
        callback(state);
    }
    /// Runs pieces until the task has ended.
    public void RunUntil(Task task)
    {
        task.ContinueWith(_ => Post(_ => { }, null), TaskContinuationOptions.ExecuteSynchronously);
        while (!task.IsCompleted) RunOne();
    }
}

/// Makes a context current until it is disposed.
public sealed class Current : IDisposable
{
    readonly SynchronizationContext former = SynchronizationContext.Current;
    public Current(SynchronizationContext context) => SynchronizationContext.SetSynchronizationContext(context);
    public void Dispose() => SynchronizationContext.SetSynchronizationContext(former);
}

/// A loop that one thread runs, like that of a user interface. Its twin is single_thread_context.
public sealed class LoopContext : SynchronizationContext
{
    readonly BlockingCollection<(SendOrPostCallback, object)> queue = [];
    Exception failure;

    public override void Post(SendOrPostCallback callback, object state) => queue.Add((callback, state));

    /// Runs the function here, and the loop on this thread until its task has ended.
    public void Run(Func<Task> function)
    {
        using var here = new Current(this);
        var task = function();
        task.ContinueWith(_ => Post(_ => { }, null), TaskContinuationOptions.ExecuteSynchronously);
        while (!task.IsCompleted)
        {
            var (callback, state) = queue.Take();
            try { callback(state); } catch (Exception e) { failure ??= e; }
            if (failure != null) throw failure;
        }
        task.GetAwaiter().GetResult();
    }
}

/// A scheduler whose queue the case runs.
public sealed class ManualScheduler : TaskScheduler
{
    readonly ConcurrentQueue<Task> queue = [];
    public int Queued => queue.Count;
    protected override void QueueTask(Task task) => queue.Enqueue(task);
    protected override bool TryExecuteTaskInline(Task task, bool queued) => false;
    protected override IEnumerable<Task> GetScheduledTasks() => queue;
    public void RunOne()
    {
        if (!queue.TryDequeue(out var task)) throw new Exception("nothing is queued");
        TryExecuteTask(task);
    }
}

/// A clock that only `Advance` moves; due callbacks run in the order of their times, inside it.
public sealed class ManualTime : TimeProvider
{
    readonly List<ManualTimer> timers = [];
    long now;
    int number;

    public override long GetTimestamp() => now;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(now);
    public override ITimer CreateTimer(TimerCallback callback, object state, TimeSpan due, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(due, period);
        return timer;
    }
    public int Timers { get { lock (timers) return timers.Count; } }
    public void Advance(TimeSpan time)
    {
        long end = now + time.Ticks;
        for (; ; )
        {
            ManualTimer next;
            lock (timers)
            {
                next = timers.Where(t => t.Due <= end).OrderBy(t => t.Due).ThenBy(t => t.Number).FirstOrDefault();
                if (next == null) break;
                now = Math.Max(now, next.Due);
                if (next.Period > 0) { next.Due = now + next.Period; next.Number = ++number; }
                else timers.Remove(next);
            }
            next.Callback();
        }
        now = end;
    }

    sealed class ManualTimer(ManualTime time, Action callback) : ITimer
    {
        public readonly Action Callback = callback;
        public long Due, Period;
        public int Number;
        public bool Change(TimeSpan due, TimeSpan period)
        {
            lock (time.timers)
            {
                time.timers.Remove(this);
                if (due < TimeSpan.Zero) return true;
                Due = time.now + due.Ticks;
                Period = period < TimeSpan.Zero ? 0 : period.Ticks;
                Number = ++time.number;
                time.timers.Add(this);
            }
            return true;
        }
        public void Dispose() { lock (time.timers) time.timers.Remove(this); }
        public ValueTask DisposeAsync() { Dispose(); return default; }
    }
}

/// The exceptions that nobody took, of the tasks that the action makes and lets go.
public static class Unobserved
{
    public static List<Exception> Of(Action action)
    {
        var seen = new List<Exception>();
        EventHandler<UnobservedTaskExceptionEventArgs> handler = (_, report) =>
        {
            lock (seen) seen.AddRange(report.Exception.InnerExceptions);
            report.SetObserved();
        };
        Collect();
        TaskScheduler.UnobservedTaskException += handler;
        Call(action);
        Collect();
        TaskScheduler.UnobservedTaskException -= handler;
        return seen;
    }
    static void Collect()
    {
        for (int i = 0; i < 3; ++i) { GC.Collect(); GC.WaitForPendingFinalizers(); }
    }
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Call(Action action) => action();
}

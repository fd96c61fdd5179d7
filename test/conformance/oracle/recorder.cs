// What a case says it has seen: lines of words. Its twin is ../recorder.hpp; both spell values the same way.

using System.Collections;
using System.Text;
using System.Threading.Channels;

/// The error that cases throw.
public sealed class TestError(string message) : Exception(message);

public sealed class Recorder
{
    readonly List<string> lines = [];

    public void Line(params object[] words)
    {
        var line = string.Join(' ', words.Select(Words.Of));
        lock (lines) lines.Add(line);
    }

    public void Line(string[] all) => Line((object)all);

    /// The lines so far, then none.
    public List<string> Take()
    {
        lock (lines)
        {
            var taken = lines.ToList();
            lines.Clear();
            return taken;
        }
    }

    /// "label: ok", "label: <value>" or "label: <error>".
    public void Throws(string label, Action action)
    {
        try { action(); }
        catch (Exception e) { Line(label + ":", e); return; }
        Line(label + ":", "ok");
    }
    public void Gives<T>(string label, Func<T> function)
    {
        T value;
        try { value = function(); }
        catch (Exception e) { Line(label + ":", e); return; }
        Line(label + ":", value);
    }
    public async Task Awaits(string label, Task task)
    {
        try { await task.ConfigureAwait(false); }
        catch (Exception e) { Line(label + ":", e); return; }
        Line(label + ":", "ok");
    }
    public async Task Awaits<T>(string label, Task<T> task)
    {
        T value;
        try { value = await task.ConfigureAwait(false); }
        catch (Exception e) { Line(label + ":", e); return; }
        Line(label + ":", value);
    }
    public Task Awaits(string label, ValueTask task) => Awaits(label, task.AsTask());
    public Task Awaits<T>(string label, ValueTask<T> task) => Awaits(label, task.AsTask());

    /// The status, the errors, and which of the predicates hold.
    public void State(string label, Task task) =>
        Line(label + ":", task.Status, "completed", task.IsCompleted, "succeeded", task.IsCompletedSuccessfully,
             "canceled", task.IsCanceled, "faulted", task.IsFaulted);
    /// The errors of a task, in order; none unless it is faulted.
    public void Errors(string label, Task task) => Line(label + ":", Of.Errors(task));
}

public static class Of
{
    public static IEnumerable<Exception> Errors(Task task) => task.Exception?.InnerExceptions ?? Enumerable.Empty<Exception>();
}

/// The one table of names: how values and exceptions are spelled on both sides.
public static class Words
{
    public static string Of(object value) => value switch
    {
        null => "null",
        string text => text,
        bool b => b ? "true" : "false",
        char c => c.ToString(),
        Exception e => Of(e),
        Enum e => Snake(e.ToString()),
        Type t => Snake(t.Name),
        IEnumerable all => "[" + string.Join(", ", all.Cast<object>().Select(Of)) + "]",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    static string Of(Exception e) => e switch
    {
        TestError => "test_error " + e.Message,
        AggregateException all => "aggregate_exception[" + string.Join(", ", all.InnerExceptions.Select(Of)) + "]",
        OperationCanceledException => "operation_canceled",
        TimeoutException => "timeout_error",
        ChannelClosedException => "channel_closed",
        ObjectDisposedException => "object_disposed",
        SemaphoreFullException => "invalid_operation",
        InvalidOperationException => "invalid_operation",
        ArgumentException => "invalid_argument",
        TaskSchedulerException => "scheduler_error[" + Of(e.InnerException) + "]",
        BarrierPostPhaseException => "post_phase_error[" + Of(e.InnerException) + "]",
        OverflowException => "overflow_error",
        NotSupportedException => "not_supported",
        _ => e.GetType().FullName,
    };

    static string Snake(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }
}

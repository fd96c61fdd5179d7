// Where code goes on after an await: each way to await, with a context and without, by who completes the task.

static class await_context
{
    static async Task<string> Await(Task t, string how, ManualContext a, ManualContext b)
    {
        switch (how)
        {
            case "plain": await t; break;
            case "captured": await t.ConfigureAwait(true); break;
            case "anywhere": await t.ConfigureAwait(false); break;
            case "yielding": await t.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.ContinueOnCapturedContext); break;
            case "yielding_anywhere": await t.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); break;
            case "suppressing": await t.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext); break;
        }
        var now = SynchronizationContext.Current;
        return "goes on on " + Here.Label + " in " + (now == a ? "a" : now == b ? "b" : now == null ? "none" : "another");
    }
    static void Combine(Recorder r, string how, bool inContext, string completed)
    {
        var a = new ManualContext();
        var b = new ManualContext();
        var gate = new TaskCompletionSource();
        if (completed == "before") gate.SetResult();
        Task<string> t;
        using (new Current(inContext ? a : null)) t = Await(gate.Task, how, a, b);
        if (completed != "before")
        {
            Here.On("setter", () =>
            {
                using (new Current(completed == "same" ? a : completed == "other" ? b : null)) gate.SetResult();
            });
        }
        r.Line("posts", a.Posts, b.Posts);
        a.RunUntil(t);
        r.Line(t.Result);
    }

    public static void plain_without_a_context_completed_before(Recorder r) => Combine(r, "plain", false, "before");
    public static void plain_without_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "plain", false, "plain");
    public static void plain_without_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "plain", false, "same");
    public static void plain_without_a_context_completed_in_another_context(Recorder r) => Combine(r, "plain", false, "other");
    public static void plain_in_a_context_completed_before(Recorder r) => Combine(r, "plain", true, "before");
    public static void plain_in_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "plain", true, "plain");
    public static void plain_in_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "plain", true, "same");
    public static void plain_in_a_context_completed_in_another_context(Recorder r) => Combine(r, "plain", true, "other");
    public static void captured_without_a_context_completed_before(Recorder r) => Combine(r, "captured", false, "before");
    public static void captured_without_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "captured", false, "plain");
    public static void captured_without_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "captured", false, "same");
    public static void captured_without_a_context_completed_in_another_context(Recorder r) => Combine(r, "captured", false, "other");
    public static void captured_in_a_context_completed_before(Recorder r) => Combine(r, "captured", true, "before");
    public static void captured_in_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "captured", true, "plain");
    public static void captured_in_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "captured", true, "same");
    public static void captured_in_a_context_completed_in_another_context(Recorder r) => Combine(r, "captured", true, "other");
    public static void anywhere_without_a_context_completed_before(Recorder r) => Combine(r, "anywhere", false, "before");
    public static void anywhere_without_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "anywhere", false, "plain");
    public static void anywhere_without_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "anywhere", false, "same");
    public static void anywhere_without_a_context_completed_in_another_context(Recorder r) => Combine(r, "anywhere", false, "other");
    public static void anywhere_in_a_context_completed_before(Recorder r) => Combine(r, "anywhere", true, "before");
    public static void anywhere_in_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "anywhere", true, "plain");
    public static void anywhere_in_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "anywhere", true, "same");
    public static void anywhere_in_a_context_completed_in_another_context(Recorder r) => Combine(r, "anywhere", true, "other");
    public static void yielding_without_a_context_completed_before(Recorder r) => Combine(r, "yielding", false, "before");
    public static void yielding_without_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "yielding", false, "plain");
    public static void yielding_without_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "yielding", false, "same");
    public static void yielding_without_a_context_completed_in_another_context(Recorder r) => Combine(r, "yielding", false, "other");
    public static void yielding_in_a_context_completed_before(Recorder r) => Combine(r, "yielding", true, "before");
    public static void yielding_in_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "yielding", true, "plain");
    public static void yielding_in_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "yielding", true, "same");
    public static void yielding_in_a_context_completed_in_another_context(Recorder r) => Combine(r, "yielding", true, "other");
    public static void yielding_anywhere_without_a_context_completed_before(Recorder r) => Combine(r, "yielding_anywhere", false, "before");
    public static void yielding_anywhere_without_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "yielding_anywhere", false, "plain");
    public static void yielding_anywhere_without_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "yielding_anywhere", false, "same");
    public static void yielding_anywhere_without_a_context_completed_in_another_context(Recorder r) => Combine(r, "yielding_anywhere", false, "other");
    public static void yielding_anywhere_in_a_context_completed_before(Recorder r) => Combine(r, "yielding_anywhere", true, "before");
    public static void yielding_anywhere_in_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "yielding_anywhere", true, "plain");
    public static void yielding_anywhere_in_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "yielding_anywhere", true, "same");
    public static void yielding_anywhere_in_a_context_completed_in_another_context(Recorder r) => Combine(r, "yielding_anywhere", true, "other");
    public static void suppressing_without_a_context_completed_before(Recorder r) => Combine(r, "suppressing", false, "before");
    public static void suppressing_without_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "suppressing", false, "plain");
    public static void suppressing_without_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "suppressing", false, "same");
    public static void suppressing_without_a_context_completed_in_another_context(Recorder r) => Combine(r, "suppressing", false, "other");
    public static void suppressing_in_a_context_completed_before(Recorder r) => Combine(r, "suppressing", true, "before");
    public static void suppressing_in_a_context_completed_by_a_plain_thread(Recorder r) => Combine(r, "suppressing", true, "plain");
    public static void suppressing_in_a_context_completed_in_the_same_context(Recorder r) => Combine(r, "suppressing", true, "same");
    public static void suppressing_in_a_context_completed_in_another_context(Recorder r) => Combine(r, "suppressing", true, "other");
}

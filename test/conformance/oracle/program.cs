// Runs the cases of .NET's side and writes or checks what they gave:
//   oracle [--write | --check] FOLDER [--times N] [--only AREA[.CASE]]
// A case is a public static method of a class of an area that takes a Recorder and gives void or Task.

using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

static class Program
{
    static readonly TimeSpan limit = TimeSpan.FromSeconds(30);

    static int Main(string[] arguments)
    {
        string mode = "--print", folder = null, only = null;
        int times = 1;
        for (int i = 0; i < arguments.Length; ++i)
        {
            switch (arguments[i])
            {
                case "--write": case "--check": mode = arguments[i]; folder = arguments[++i]; break;
                case "--only": only = arguments[++i]; break;
                case "--times": times = int.Parse(arguments[++i]); break;
                default: Console.Error.WriteLine($"oracle: unknown argument {arguments[i]}"); return 2;
            }
        }

        var results = Run(only);
        int failures = 0;
        for (int again = 1; again < times; ++again)
            failures += Compare("run " + (again + 1), Flat(results), Flat(Run(only)));
        if (mode == "--write") Write(folder, results, only);
        else if (mode == "--check") failures += Compare("stored", Flat(Read(folder)), Flat(results), only);
        else Print(results);
        Console.WriteLine($"oracle: {results.Values.Sum(cases => cases.Count)} cases, {failures} differ");
        return failures == 0 ? 0 : 1;
    }

    static IEnumerable<Type> Areas() =>
        Assembly.GetExecutingAssembly().GetTypes()
            .Where(type => type is { IsAbstract: true, IsSealed: true } && char.IsLower(type.Name[0]) && !type.IsNested)
            .OrderBy(type => type.Name, StringComparer.Ordinal);
    static IEnumerable<MethodInfo> Cases(Type area) =>
        area.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(method => method.GetParameters() is [{ ParameterType: var first }] && first == typeof(Recorder))
            .OrderBy(method => method.MetadataToken);

    static SortedDictionary<string, Dictionary<string, List<string>>> Run(string only)
    {
        var results = new SortedDictionary<string, Dictionary<string, List<string>>>(StringComparer.Ordinal);
        foreach (var area in Areas())
        {
            foreach (var method in Cases(area))
            {
                var name = area.Name + "." + method.Name;
                if (only != null && only != area.Name && only != name) continue;
                if (!results.TryGetValue(area.Name, out var cases)) results.Add(area.Name, cases = []);
                cases.Add(method.Name, RunOne(name, method));
            }
        }
        return results;
    }

    // Each case on a thread of its own, without a context.
    static List<string> RunOne(string name, MethodInfo method)
    {
        var recorder = new Recorder();
        Exception failure = null;
        var thread = new Thread(() =>
        {
            Here.Label = "main";
            try { (method.Invoke(null, [recorder]) as Task)?.GetAwaiter().GetResult(); }
            catch (TargetInvocationException e) { failure = e.InnerException; }
            catch (Exception e) { failure = e; }
        })
        { IsBackground = true };
        thread.Start();
        if (!thread.Join(limit))
        {
            Console.Error.WriteLine($"oracle: {name} does not end; so far:\n  " + string.Join("\n  ", recorder.Take()));
            Environment.Exit(1);
        }
        if (failure != null)
        {
            Console.Error.WriteLine($"oracle: {name} threw {failure}");
            Environment.Exit(1);
        }
        return recorder.Take();
    }

    static readonly JsonSerializerOptions json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // One line of the file a line of the case, so that a change reads well.
    static void Write(string folder, SortedDictionary<string, Dictionary<string, List<string>>> results, string only)
    {
        foreach (var (area, cases) in results)
        {
            var file = Path.Combine(folder, area + ".json");
            if (only != null && only.Contains('.')) { Console.Error.WriteLine("oracle: --write writes whole areas"); Environment.Exit(2); }
            var text = new StringBuilder("{\n");
            int left = cases.Count;
            foreach (var (name, lines) in cases)
            {
                text.Append("  ").Append(JsonSerializer.Serialize(name, json)).Append(": [");
                for (int i = 0; i < lines.Count; ++i)
                    text.Append(i == 0 ? "\n    " : ",\n    ").Append(JsonSerializer.Serialize(lines[i], json));
                text.Append(lines.Count == 0 ? "]" : "\n  ]").Append(--left == 0 ? "\n" : ",\n");
            }
            File.WriteAllText(file, text.Append("}\n").ToString());
        }
        if (only == null)
            foreach (var file in Directory.GetFiles(folder, "*.json"))
                if (Path.GetFileNameWithoutExtension(file) is var area && area != "differences" && !results.ContainsKey(area))
                    File.Delete(file);
    }

    static SortedDictionary<string, Dictionary<string, List<string>>> Read(string folder)
    {
        var results = new SortedDictionary<string, Dictionary<string, List<string>>>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(folder, "*.json"))
            if (Path.GetFileNameWithoutExtension(file) is var area && area != "differences")
                results.Add(area, JsonSerializer.Deserialize<Dictionary<string, List<string>>>(File.ReadAllText(file)));
        return results;
    }

    static Dictionary<string, List<string>> Flat(SortedDictionary<string, Dictionary<string, List<string>>> results) =>
        results.SelectMany(area => area.Value.Select(one => (area.Key + "." + one.Key, one.Value)))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2);

    static int Compare(string what, Dictionary<string, List<string>> expected, Dictionary<string, List<string>> now, string only = null)
    {
        int failures = 0;
        foreach (var name in expected.Keys.Union(now.Keys).Order(StringComparer.Ordinal))
        {
            if (only != null && !now.ContainsKey(name)) continue;
            var before = expected.GetValueOrDefault(name);
            var after = now.GetValueOrDefault(name);
            if (before != null && after != null && before.SequenceEqual(after)) continue;
            ++failures;
            Console.WriteLine($"{name}: {what} and this run differ");
            foreach (var line in before ?? ["(no such case)"]) Console.WriteLine("  - " + line);
            foreach (var line in after ?? ["(no such case)"]) Console.WriteLine("  + " + line);
        }
        return failures;
    }

    static void Print(SortedDictionary<string, Dictionary<string, List<string>>> results)
    {
        foreach (var (name, lines) in Flat(results))
        {
            Console.WriteLine(name);
            foreach (var line in lines) Console.WriteLine("  " + line);
        }
    }
}

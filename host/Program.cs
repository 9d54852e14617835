Console.Error.WriteLine("dml");
return 1;
